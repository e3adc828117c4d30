import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Horizon, HORIZON_VALUES } from '../../src/statistics/record-layout.js';
import { StatisticsTable } from '../../src/statistics/statistics-table.js';
import { Random } from '../../src/offline/world/random.js';

/** What the reader thread gets. Keys are (k, ~k) for k below keyCount. */
export interface ReaderTask {
  readonly horizons: readonly Horizon[];
  readonly buffer: SharedArrayBuffer;
  readonly keyCount: number;
  /** Reads at least, and as many more as it takes to see `changedCount` changes. */
  readonly readCount: number;
  readonly changedCount: number;
  readonly asOfS: number;
  /** True if all values of a key are equal, but for 1e-6 of them. */
  readonly areValuesEqual: boolean;
}

/** What the reader thread has seen. */
export interface ReaderReport {
  readonly readCount: number;
  /** Reads of keys that the table held. */
  readonly foundCount: number;
  /** Reads in which the engagements of a target exceed the impressions. */
  readonly impossibleCount: number;
  /** With `areValuesEqual`: reads in which values differ, so that they are of several states. */
  readonly tornCount: number;
  /** Keys that were there once and later were not. */
  readonly vanishedCount: number;
  /** Buffers adopted. */
  readonly adoptedCount: number;
  /** Reads that found another state of the key than the read of the same key before. */
  readonly changedCount: number;
}

const ROUNDING = 1e-9;
const LARGEST_DIFFERENCE = 1e-6;
const READS_PER_POLL = 4_096;

/** Reads random keys, in one horizon each, and adopts every buffer that arrives. */
function readKeys(task: ReaderTask): ReaderReport {
  const { horizons, buffer, keyCount, readCount, asOfS, areValuesEqual } = task;
  const port = parentPort!;
  const table = new StatisticsTable('t', horizons, buffer);
  const random = new Random(5);
  const out = new Float64Array(HORIZON_VALUES);
  const isKnown = new Uint8Array(keyCount);
  const lastSeen = new Float64Array(keyCount);
  const report = { foundCount: 0, impossibleCount: 0, tornCount: 0, vanishedCount: 0, adoptedCount: 0 };
  let changedCount = 0;
  port.postMessage('ready', []);
  let reads = 0;
  for (; reads < readCount || changedCount < task.changedCount; reads += 1) {
    if (reads % READS_PER_POLL === 0) {
      for (
        let posted = receiveMessageOnPort(port);
        posted !== undefined;
        posted = receiveMessageOnPort(port)
      ) {
        table.adopt(posted.message as SharedArrayBuffer);
        report.adoptedCount += 1;
      }
    }
    const key = random.below(keyCount);
    const record = table.find(key, ~key);
    if (record < 0) {
      report.vanishedCount += isKnown[key]!;
      continue;
    }
    isKnown[key] = 1;
    report.foundCount += 1;
    table.read(record, key % horizons.length, asOfS, out);
    const [count = 0, first = 0, second = 0, third = 0, fourth = 0] = out;
    if (
      Math.max(first, second, third, fourth) >
      count * (1 + (areValuesEqual ? LARGEST_DIFFERENCE : ROUNDING))
    )
      report.impossibleCount += 1;
    const smallest = Math.min(first, second, third, fourth);
    if (areValuesEqual && !(smallest > count * (1 - LARGEST_DIFFERENCE))) report.tornCount += 1;
    if (lastSeen[key] !== count) changedCount += 1;
    lastSeen[key] = count;
  }
  return { readCount: reads, changedCount, ...report };
}

parentPort?.postMessage(readKeys(workerData as ReaderTask), []);
