import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileProblem } from './file-problem.js';

describe('why a file cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pairstream-'));
  const file = join(folder, 'file');
  writeFileSync(file, '');

  it.each([
    ['a file that is not there', join(folder, 'none'), 'cannot be read (no such file)'],
    ['a folder', folder, 'cannot be read (a folder, expected a file)'],
    ['a file as a folder', join(file, 'none'), 'cannot be read (no such file: a part of its path is a file)'],
    ['a name that is too long', join(folder, 'a'.repeat(300)), 'cannot be read (ENAMETOOLONG)'],
  ])('tells %s', (_, path, expected) => {
    const read = (): string => {
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        return fileProblem(error);
      }
    };
    expect(read()).toBe(expected);
  });

  it.each([[new Error('no code')], ['a text'], [undefined]])('takes %s', (error) => {
    expect(fileProblem(error)).toBe('cannot be read');
  });
});
