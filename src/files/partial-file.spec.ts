import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { PartialFile } from './partial-file.js';

const root = mkdtempSync(join(tmpdir(), 'partial-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
});

describe('PartialFile', () => {
  it('has its name when it is whole, not before', async () => {
    const path = join(folder, 'a.txt');
    const file = await PartialFile.open(path);
    await file.write('one ä\n');
    await file.write(Uint8Array.of(0x32, 0x0a));
    expect(readdirSync(folder)).toEqual(['a.txt.partial']);
    await file.commit();
    expect(readdirSync(folder)).toEqual(['a.txt']);
    expect(readFileSync(path, 'utf8')).toBe('one ä\n2\n');
  });

  it('leaves the file of before when it is discarded, and starts anew over a left-over', async () => {
    const path = join(folder, 'a.txt');
    writeFileSync(path, 'old');
    writeFileSync(`${path}.partial`, 'left over by a killed run');
    const file = await PartialFile.open(path);
    await file.write('new');
    await file.discard();
    await file.discard();
    expect(readdirSync(folder)).toEqual(['a.txt']);
    expect(readFileSync(path, 'utf8')).toBe('old');
    const again = await PartialFile.open(path);
    await again.write('new');
    await again.commit();
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('says which file and why when the system refuses', async () => {
    const missing = join(folder, 'none', 'a.txt');
    await expect(PartialFile.open(missing)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      field: missing,
      message: `${missing}: cannot be written (ENOENT), expected an existing folder with free space`,
    });
    const path = join(folder, 'taken');
    const file = await PartialFile.open(path);
    mkdirSync(path);
    await expect(file.commit()).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
    await file.discard();
    expect(existsSync(`${path}.partial`)).toBe(false);
  });
});
