import { describe, expect, it } from 'vitest';
import { runCommand } from '../support/processes/cli-process.js';

describe('pairstream train refuses in one line, before it installs or makes anything,', () => {
  it.each([
    ['a size by another name', ['--size', 'big'], '--size is "big", expected one of small, tiny, published'],
    ['a name that every object has', ['--size', 'toString'], '--size is "toString", expected one of small'],
    ...[
      ['a seed of letters', 'x'],
      ['a seed with a sign', '-1'],
      ['a fraction', '1.5'],
      ['a path', '../../x'],
      ['a seed of ten digits', '1234567890'],
    ].map(
      ([what, seed]) =>
        [
          what,
          ['--size', 'tiny', `--seed=${seed}`],
          `--seed is "${seed}", expected a whole number of 0 or more, at most nine digits`,
        ] as const,
    ),
  ] as const)('%s', async (_, options, message) => {
    const { exitCode, stdout, stderr } = await runCommand(['train', ...options]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`INVALID_CONFIG: ${message}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
