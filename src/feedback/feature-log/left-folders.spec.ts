import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEYS } from '../../features/keys.js';
import { forgetLeftRows } from './left-folders.js';
import { listLogFiles, workerLogFolder } from './log-folder.js';
import { LogWriter } from './log-writer.js';
import { ROW, ROW_WORDS, SharedRows } from './shared-rows.js';

const MIB = 1 << 20;
const USER = { lo: 7, hi: -1 };
const OTHER = { lo: 8, hi: -1 };

/** Writes a file with one row of each user to a folder. */
async function writeRows(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const rows = SharedRows.allocate(2);
  const author = ROW.keys + 2 * KEYS.findIndex(({ name }) => name === 'a_user_id');
  [USER, OTHER].forEach(({ lo, hi }, row) => rows.words.set([lo, hi], row * ROW_WORDS + author));
  const settings = {
    folder,
    maxBytes: 64 * MIB,
    maxFileBytes: 16 * MIB,
    maxFileMs: 60_000,
    oneIn: 10,
    vocabularySha256: 'abc',
  };
  const writer = new LogWriter(
    settings,
    () => undefined,
    () => Date.UTC(2026, 2, 1),
  );
  await writer.append(rows, Uint32Array.of(0, 1), 'r1');
  await writer.complete();
}

describe('forgetLeftRows', () => {
  it.each<[string, number, number]>([
    ['of one thread that had three', 1, 3],
    ['of three threads that had one', 3, 1],
  ])('removes the rows of a user from the folders %s', async (_case, workerCount, leftCount) => {
    const folder = mkdtempSync(join(tmpdir(), 'left-folders-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const workers = [0, 1, 2].map((worker) => workerLogFolder(folder, worker));
    for (const found of [folder, ...workers]) await writeRows(found);
    const inUse = workerCount === 1 ? [folder] : workers;
    expect(await forgetLeftRows(folder, inUse, USER)).toBe(leftCount);
    expect(await forgetLeftRows(folder, inUse, USER)).toBe(0);
    expect(await forgetLeftRows(folder, [], USER)).toBe(inUse.length);
    for (const found of [folder, ...workers]) expect(listLogFiles(found)).toHaveLength(1);
  });
});
