import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readArrowFile } from '../../files/arrow-file.js';
import { FeatureLog } from './feature-log.js';
import { listLogFiles } from './log-folder.js';
import { LogThread } from './log-thread.js';
import { NO_ROW } from './row-pool.js';
import { ROW, ROW_WORDS } from './shared-rows.js';

const RUN_MS = 120_000;
const MIB = 1 << 20;
const MAX_ROWS = 1_024;

/** Its contexts are the threads that were started again. */
const started = vi.spyOn(LogThread.prototype, 'whenReady');
const written = vi.spyOn(LogThread.prototype, 'write');
afterAll(() => void [started.mockRestore(), written.mockRestore()]);

function open(maxFileMs: number): { log: FeatureLog; folder: string; warnings: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'feature-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const warnings: string[] = [];
  const settings = {
    folder,
    maxBytes: 64 * MIB,
    maxFileBytes: 16 * MIB,
    maxFileMs,
    oneIn: 1,
    vocabularySha256: 'abc',
    maxRowCount: MAX_ROWS,
  };
  const log = FeatureLog.open(settings, (line) => void warnings.push(line));
  onTestFinished(() => log.close());
  return { log, folder, warnings };
}

/** Logs rows whose first feature is their number. @returns number of rows that the log took */
function logRows(log: FeatureLog, from: number, to: number): number {
  let count = 0;
  for (let number = from; number < to; number += 1) {
    const row = log.take();
    if (row === NO_ROW) continue;
    log.rows.floats[row * ROW_WORDS + ROW.features] = number;
    log.complete(row, 'release');
    count += 1;
  }
  return count;
}

/** The thread that rows were sent to last. */
function runningThread(): LogThread {
  const thread: unknown = written.mock.contexts.at(-1);
  if (thread instanceof LogThread) return thread;
  throw new Error('no row was sent');
}

async function numbersIn(folder: string): Promise<number[]> {
  const numbers: number[] = [];
  for (const path of listLogFiles(folder))
    for await (const { columns } of readArrowFile(path)) {
      const [first] = columns.values();
      numbers.push(...(first as Float32Array));
    }
  return numbers;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe('FeatureLog', () => {
  it(
    'starts a crashed thread anew, counts the lost rows, and keeps complete files',
    { timeout: RUN_MS },
    async () => {
      const { log, folder, warnings } = open(300);
      logRows(log, 0, 100);
      await expect.poll(() => log.levels.writtenCount, { timeout: RUN_MS }).toBe(100);
      logRows(log, 100, 400);
      // 256 of them are with the thread, the others still wait for more.
      await runningThread().kill();
      const forgotten = log.forget({ lo: 1, hi: 2 });
      await expect(forgotten).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
      await expect.poll(() => log.levels.lostCount).toBeGreaterThan(0);
      expect(logRows(log, 400, 410)).toBe(0);
      await expect.poll(() => log.levels.restartCount, { timeout: RUN_MS }).toBe(1);
      expect(log.levels.usedRowCount).toBe(0);
      expect(logRows(log, 500, 500 + MAX_ROWS + 5)).toBe(MAX_ROWS);
      await expect.poll(() => log.levels.writtenCount, { timeout: RUN_MS }).toBeGreaterThan(1_000);
      await log.close();
      const { lostCount, droppedCount, writtenCount, failedCount } = log.levels;
      expect({ lostCount, droppedCount, failedCount }).toEqual({
        lostCount: 300,
        droppedCount: 15,
        failedCount: 0,
      });
      expect(await numbersIn(folder)).toEqual([...range(0, 100), ...range(500, 500 + MAX_ROWS)]);
      expect(writtenCount).toBe(100 + MAX_ROWS);
      expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^the thread of the feature log has ended: .*; \d+ rows are lost, and the thread starts anew$/,
        ),
      ]);
    },
  );

  it('tries again until its folder is back, and ends while it waits', { timeout: RUN_MS }, async () => {
    const { log, folder, warnings } = open(60_000);
    logRows(log, 0, 256);
    renameSync(folder, `${folder}-away`);
    await runningThread().kill();
    await expect.poll(() => started.mock.contexts.length, { timeout: RUN_MS }).toBeGreaterThan(0);
    await expect.poll(() => warnings.some((line) => line.includes('ENOENT')), { timeout: RUN_MS }).toBe(true);
    renameSync(`${folder}-away`, folder);
    await expect.poll(() => log.levels.restartCount, { timeout: RUN_MS }).toBe(1);
    expect(logRows(log, 0, 256)).toBe(256);
    await runningThread().kill();
    await log.close();
    expect(log.levels.usedRowCount).toBe(0);
    expect(log.levels.lostCount).toBe(512);
  });
});
