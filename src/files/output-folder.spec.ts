import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from './output-folder.js';

const root = mkdtempSync(join(tmpdir(), 'folders-'));
afterAll(() => rmSync(root, { recursive: true }));
writeFileSync(join(root, 'file'), '');
mkdirSync(join(root, 'there'));
symlinkSync(join(root, 'there'), join(root, 'link'));
symlinkSync('gone', join(root, 'dangling'));
symlinkSync('loop', join(root, 'loop'));

describe('makeFolder', () => {
  it.each(['a', 'b/c/d', 'there', 'there/e', 'link/f', 'g/../h', 'é 日本 🙂/x', 'slash/'])(
    'makes %s',
    (name) => {
      const path = join(root, name);
      makeFolder(path);
      makeFolder(path);
      expect(statSync(path).isDirectory()).toBe(true);
    },
  );

  it.each([
    ['file', /file exists and is not a folder/],
    ['file/x', /file exists and is not a folder/],
    ['dangling', /dangling is a symbolic link to nothing/],
    ['dangling/x', /dangling is a symbolic link to nothing/],
    ['loop/x', /cannot be made \(ELOOP\)/],
    ['x'.repeat(300), /cannot be made \(ENAMETOOLONG\)/],
    [`y/${'x'.repeat(300)}`, /cannot be made \(ENAMETOOLONG\)/],
  ])('refuses %s', (name, message) => {
    const path = join(root, name);
    expect(() => makeFolder(path)).toThrow(
      expect.objectContaining({
        code: 'OUTPUT_FAILED',
        field: path,
        message: expect.stringMatching(message),
      }),
    );
  });

  // Linux has these; Node's recursive mkdir does not return from /proc/x.
  it
    .runIf(existsSync('/proc/self'))
    .each(['/proc/x', '/proc/x/y/z', '/proc/self/x', '/sys/x', '/dev/null/x', '/dev/null'])(
    'refuses %s at once',
    (path) => {
      expect(() => makeFolder(path)).toThrow(expect.objectContaining({ code: 'OUTPUT_FAILED', field: path }));
    },
  );

  it('refuses an empty path, which is an unset variable of a script', () => {
    expect(() => makeFolder('')).toThrow(/an empty path/);
  });
});
