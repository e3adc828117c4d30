import { describe, expect, it } from 'vitest';
import { NEWEST_SERVER, parseServerVersion, RENAMED_KEYS_MINOR } from './server-version.js';

describe('parseServerVersion', () => {
  it.each([
    ['24.02', '2.43 (24.02)'],
    ['24.10', '2.51 (24.10)'],
    ['2.51', '2.51 (24.10)'],
    ['2.51.0', '2.51 (24.10)'],
    ['24.12', '2.53 (24.12)'],
    ['25.01', '2.54 (25.01)'],
    ['25.06', '2.59 (25.06)'],
    ['2.59.1', '2.59 (25.06)'],
    ['25.08', '2.60 (25.08)'],
    ['2.60', '2.60 (25.08)'],
    ['25.09', '2.61 (25.09)'],
    ['26.09', '2.73 (26.09)'],
  ])('%s is %s', (text, label) => {
    expect(parseServerVersion(text).label).toBe(label);
  });

  it('knows when FIL renamed its keys, and the newest release', () => {
    expect(parseServerVersion('25.09').minor).toBe(RENAMED_KEYS_MINOR);
    expect(parseServerVersion('25.08').minor).toBe(RENAMED_KEYS_MINOR - 1);
    expect(NEWEST_SERVER).toEqual(parseServerVersion('26.09'));
  });

  it.each(['', '24', '24.13', '24.00', '25.07', '3.1', '2', 'v24.10', '24.10-py3'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseServerVersion(text)).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining('like 24.10') }),
      );
    },
  );
});
