import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { HORIZON_VALUES } from '../../../statistics/record-layout.js';
import { RecordChunk } from '../../../statistics/snapshot-chunks.js';
import { StatisticsStore } from '../../../statistics/statistics-store.js';
import { emptyTableBuffer, StatisticsTable } from '../../../statistics/statistics-table.js';
import { Random } from '../../world/random.js';
import { spreadOf, timeUs } from '../measurement.js';
import type { Figure } from '../result.js';
import { StepTimes } from './step-times.js';
import { BENCH_HORIZONS, BENCH_START_S, EventLoad, hiOf, loOf } from './event-load.js';

const KEY_COUNT = 1_000_000;
const MAX_BYTES = 2 ** 31;
const EVENTS_PER_GROUP = 1_000;
const ADD_GROUPS = 500;
const READS_PER_SAMPLE = 200_000;
const READ_SAMPLES = 15;
const TARGET = '<= 5 ms';

/** Measures statistics tables that are written while they are read: events, rebuilds, snapshots, and reads beside a writer. */
export async function benchStatistics(): Promise<Figure[]> {
  const store = createStore();
  const load = new EventLoad(KEY_COUNT);
  const [growth, growingAdds] = measureGrowth(store);
  const addUs = Array.from({ length: ADD_GROUPS }, () =>
    timeUs(() => load.apply(store.writers[0]!, EVENTS_PER_GROUP)),
  );
  const { steps, snapshotS } = await measureSnapshot(store, load);
  const [table] = store.tables;
  const [alone, beside] = await measureReads(table!);
  return [
    rate('events applied to a table of 1,000,000 keys', addUs, EVENTS_PER_GROUP, 'events/s'),
    longest('longest step of a rebuild, 1,024 slots', growth),
    longest('longest group of 100 new keys during rebuilds', growingAdds),
    longest('longest step of a snapshot, 1,024 slots, with the copy for compression', steps),
    { name: 'snapshot of 1,000,000 keys while events are applied', unit: 's', value: snapshotS },
    { name: 'bytes per key after growth', unit: 'bytes', value: table!.byteLength / table!.keyCount },
    rate('reads of random keys, no writer', alone, READS_PER_SAMPLE, 'reads/s'),
    rate('the same beside a writer on another thread', beside, READS_PER_SAMPLE, 'reads/s'),
  ];
}

function createStore(): StatisticsStore {
  const table = new StatisticsTable('bench', BENCH_HORIZONS, emptyTableBuffer(BENCH_HORIZONS.length));
  return new StatisticsStore([table], { maxBytes: MAX_BYTES, publish: () => undefined });
}

/** Adds all keys, with a step between groups of 100. */
function measureGrowth(store: StatisticsStore): [steps: StepTimes, adds: StepTimes] {
  const steps = new StepTimes();
  const adds = new StepTimes();
  for (let n = 0; n < KEY_COUNT; n += 100) {
    adds.time(() => {
      for (let key = n; key < n + 100; key += 1)
        store.writers[0]!.addImpression(loOf(key), hiOf(key), BENCH_START_S);
    });
    steps.time(() => store.step());
  }
  while (store.state.dueCount > 0) steps.time(() => store.step());
  return [steps, adds];
}

/** Reads and compresses a snapshot, with a group of events between the steps. */
async function measureSnapshot(
  store: StatisticsStore,
  load: EventLoad,
): Promise<{ steps: StepTimes; snapshotS: number }> {
  const steps = new StepTimes();
  const chunk = new RecordChunk(BENCH_HORIZONS.length);
  const startedMs = performance.now();
  const snapshot = store.beginSnapshot();
  for (;;) {
    const [more, encoded] = steps.time(() => {
      const hasMore = snapshot.tables[0]!.nextRecords(chunk);
      return [hasMore, chunk.isFull || !hasMore ? chunk.encode() : undefined] as const;
    });
    await encoded;
    if (!more) break;
    load.apply(store.writers[0]!, EVENTS_PER_GROUP);
  }
  snapshot.end();
  return { steps, snapshotS: (performance.now() - startedMs) / 1_000 };
}

/** Microseconds per READS_PER_SAMPLE reads, without and with a writer on another thread, by turns. */
async function measureReads(table: StatisticsTable): Promise<[alone: number[], beside: number[]]> {
  const alone: number[] = [];
  const beside: number[] = [];
  const random = new Random(7);
  const out = new Float64Array(HORIZON_VALUES);
  const read = (): number =>
    timeUs(() => {
      for (let i = 0; i < READS_PER_SAMPLE; i += 1) {
        const n = random.below(KEY_COUNT);
        table.read(table.find(loOf(n), hiOf(n)), i % 2, BENCH_START_S, out);
      }
    });
  read();
  for (let sample = 0; sample < READ_SAMPLES; sample += 1) {
    alone.push(read());
    const worker = new Worker(new URL('writer-thread.js', import.meta.url), {
      workerData: { buffer: table.sharedBuffer, keyCount: KEY_COUNT },
    });
    const before = table.lastEventS;
    while (table.lastEventS === before) await new Promise((resolve) => setTimeout(resolve, 20));
    beside.push(read());
    worker.postMessage('stop', []);
    await once(worker, 'exit');
  }
  return [alone, beside];
}

function longest(name: string, { cpu, wall }: StepTimes): Figure {
  const p99Ms = cpu.percentile(99) / 1e3;
  return {
    name,
    unit: 'ms of CPU time',
    value: cpu.max / 1e3,
    target: TARGET,
    note: `p99 ${p99Ms.toPrecision(2)} ms of ${cpu.count} steps; longest by the clock ${(wall.max / 1e3).toPrecision(3)} ms`,
  };
}

function rate(name: string, samplesUs: readonly number[], amount: number, unit: string): Figure {
  const { median, p10, p90 } = spreadOf(samplesUs);
  const perS = (us: number): number => (amount * 1e6) / us;
  return { name, unit, value: perS(median), p10: perS(p90), p90: perS(p10) };
}
