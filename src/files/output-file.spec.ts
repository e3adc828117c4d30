import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { PartialFile } from './partial-file.js';
import { writeWholeFile } from './whole-file.js';

const root = mkdtempSync(join(tmpdir(), 'targets-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
});

async function writePartially(path: string, text: string): Promise<void> {
  const file = await PartialFile.open(path);
  await file.write(text);
  await file.commit();
}
async function writeWholly(path: string, text: string): Promise<void> {
  // The reader of a FIFO is this process too: its read is pending in another thread by now.
  await Promise.resolve();
  writeWholeFile(path, text.slice(0, 1), Buffer.from(text.slice(1)));
}

describe.each([
  ['PartialFile', writePartially],
  ['writeWholeFile', writeWholly],
])('%s', (_, write) => {
  it('replaces the file that symbolic links lead to, and leaves the links', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/file'), 'old');
    symlinkSync('data/file', join(folder, 'near'));
    symlinkSync(join(folder, 'near'), join(folder, 'far'));
    await write(join(folder, 'far'), 'new');
    expect(readFileSync(join(folder, 'data/file'), 'utf8')).toBe('new');
    expect(readlinkSync(join(folder, 'near'))).toBe('data/file');
    expect(lstatSync(join(folder, 'far')).isSymbolicLink()).toBe(true);
    expect([...readdirSync(folder), ...readdirSync(join(folder, 'data'))].toSorted()).toEqual([
      'data',
      'far',
      'file',
      'near',
    ]);
  });

  it('makes the file that a symbolic link leads to', async () => {
    mkdirSync(join(folder, 'data'));
    symlinkSync('data/new', join(folder, 'link'));
    await write(join(folder, 'link'), 'new');
    expect(readFileSync(join(folder, 'data/new'), 'utf8')).toBe('new');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
  });

  it.runIf(existsSync('/dev/null'))('writes into a device and leaves it a device', async () => {
    symlinkSync('/dev/null', join(folder, 'link'));
    for (const path of ['/dev/null', join(folder, 'link')]) await write(path, 'gone');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(existsSync('/dev/null.partial')).toBe(false);
    expect(readdirSync(folder)).toEqual(['link']);
  });

  it('writes into a FIFO and leaves it a FIFO', async () => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    const read = readFile(path, 'utf8');
    await write(path, 'through');
    expect(await read).toBe('through');
    expect(lstatSync(path).isFIFO()).toBe(true);
    expect(readdirSync(folder)).toEqual(['fifo']);
  });

  it.each([
    ['a folder', '', /a folder, expected a file/],
    ['a loop of links', 'loop', /\(ELOOP\)/],
    ['a link into no folder', 'lost', /\(ENOENT\)/],
    ['a path below a file', 'file/x', /\(ENOTDIR\)/],
    ['a name that is too long', 'x'.repeat(300), /\(ENAMETOOLONG\)/],
    ['a name that is too long with .partial', 'x'.repeat(250), /\(ENAMETOOLONG\)/],
    ['no folder', 'none/x', /\(ENOENT\)/],
  ])('refuses %s', async (_case, name, message) => {
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('none/x', join(folder, 'lost'));
    writeFileSync(join(folder, 'file'), '');
    await expect(write(join(folder, name), 'x')).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(message),
    });
    expect(readdirSync(folder).toSorted()).toEqual(['file', 'loop', 'lost']);
  });

  it('refuses an empty path', async () => {
    await expect(write('', 'x')).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  });
});
