import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type Horizon, HORIZON_VALUES } from '../../src/statistics/record-layout.js';
import { StatisticsStore } from '../../src/statistics/statistics-store.js';
import { StatisticsTable } from '../../src/statistics/statistics-table.js';
import { StatisticsWriter } from '../../src/statistics/statistics-writer.js';
import type { ReaderReport, ReaderTask } from './table-reader.js';

const START_S = 1_612_396_800;
/** An event a second later changes all values of a record by 3 millionths or more. */
const HORIZONS: readonly Horizon[] = [
  { name: 'short', halfLifeS: 100_000 },
  { name: 'long', halfLifeS: 200_000 },
];
/** `TABLE_READS=100000000` is the full form. */
const READS = Number(process.env['TABLE_READS'] ?? 3_000_000);
/** On a machine where both threads share a core, the reader reads on until it has seen so many. */
const CHANGES = 1_000;
const EVENTS_PER_TURN = 20_000;

/** Runs table-reader.ts on another thread while `write` writes here by turns, until the reader has read enough. */
async function readWhile(
  task: Omit<ReaderTask, 'buffer' | 'horizons' | 'asOfS'>,
  table: StatisticsTable,
  write: (turn: number) => void,
): Promise<ReaderReport> {
  let published = table.sharedBuffer;
  const worker = new Worker(new URL('table-reader.ts', import.meta.url), {
    execArgv: [
      '--experimental-transform-types',
      '--no-warnings',
      '--import',
      new URL('../../scripts/typescript-resolution.mjs', import.meta.url).href,
    ],
    workerData: { ...task, horizons: HORIZONS, buffer: published, asOfS: START_S } satisfies ReaderTask,
  });
  const messages: unknown[] = [];
  worker.on('message', (message: unknown) => messages.push(message));
  worker.on('error', (error) => messages.push(error, error));
  await expect.poll(() => messages.length, { timeout: 150_000 }).toBeGreaterThan(0);
  for (let turn = 0; messages.length < 2; turn += 1) {
    write(turn);
    if (table.sharedBuffer !== published) worker.postMessage(table.sharedBuffer, []);
    published = table.sharedBuffer;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await worker.terminate();
  return messages[1] as ReaderReport;
}

describe('readers on another thread than the writer', () => {
  it('see whole updates of keys that change all the time', async () => {
    const table = new StatisticsTable('t', HORIZONS);
    const writer = new StatisticsWriter(table);
    const keyCount = 8;
    // All values of a key are equal and so large that one event adds nothing, but ages all of them.
    const values = new Float64Array(HORIZONS.length * HORIZON_VALUES).fill(2 ** 900);
    for (let key = 0; key < keyCount; key += 1)
      writer.restore({ keyLo: key, keyHi: ~key, timeS: START_S, values });
    const task = { keyCount, readCount: READS / 2, changedCount: CHANGES, areValuesEqual: true };
    const report = await readWhile(task, table, (turn) => {
      for (let i = 0; i < EVENTS_PER_TURN; i += 1) {
        const key = i % keyCount;
        writer.addImpression(key, ~key, START_S + Math.floor((turn * EVENTS_PER_TURN + i) / keyCount));
      }
    });
    expect(report).toMatchObject({ impossibleCount: 0, tornCount: 0, vanishedCount: 0 });
    expect(report.foundCount).toBeGreaterThan(READS / 4);
    expect(report.changedCount).toBeGreaterThanOrEqual(CHANGES);
  });

  it('find every key again while the table grows, with no more engagements than impressions', async () => {
    const table = new StatisticsTable('t', HORIZONS);
    const store = new StatisticsStore([table], { maxBytes: 2 ** 30, publish: () => undefined });
    const [writer] = store.writers;
    const keyCount = 60_000;
    const task = { keyCount, readCount: READS / 2, changedCount: 0, areValuesEqual: false };
    const report = await readWhile(task, table, (turn) => {
      for (let i = 0; i < 1_000; i += 1) {
        // Every key is new in the first 60 turns.
        const key = (turn * 1_000 + i) % keyCount;
        writer!.addImpression(key, ~key, START_S + turn);
        writer!.addEngagement(key, ~key, START_S + turn, i % 4);
      }
      store.step();
    });
    expect(report).toMatchObject({ impossibleCount: 0, vanishedCount: 0 });
    expect(report.adoptedCount).toBeGreaterThan(5);
    expect(report.foundCount).toBeGreaterThan(READS / 10);
  });
});
