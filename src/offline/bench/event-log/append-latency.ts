import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedLog } from '../../../feedback/log/embedded-log.js';
import { quantileOf, spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { randomEvents } from './bench-events.js';

const ROUNDS = 7;
const CALLS_PER_ROUND = 150;
const PAGE_BYTES = 4_096;
const MAX_BYTES = 2 ** 30;

/** Times of one event at a time until it is durable, by turns with one write and fsync of 4 KB at the end of a file. */
export async function measureAppendLatency(folder: string): Promise<Figure[]> {
  const log = await EmbeddedLog.open({ folder: join(folder, 'log'), maxBytes: MAX_BYTES });
  const file = await open(join(folder, 'file'), 'w');
  const event = randomEvents(1, 1);
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const ours: number[][] = [];
  const theirs: number[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    ours.push(await timeCalls(() => log.append(event)));
    theirs.push(
      await timeCalls(async () => {
        await file.write(page);
        await file.sync();
      }),
    );
  }
  const bytesPerEvent = log.state.diskBytes / log.state.storedCount;
  await file.close();
  await log.close();
  await rm(join(folder, 'log'), { recursive: true });
  await rm(join(folder, 'file'));
  return [
    ...[0.5, 0.99].flatMap((at) => figuresAt(at, ours.slice(1), theirs.slice(1))),
    { name: 'one event at a time: bytes on disk', unit: 'bytes/event', value: bytesPerEvent },
  ];
}

async function timeCalls(call: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < CALLS_PER_ROUND; i += 1) {
    const startedMs = performance.now();
    await call();
    times.push(performance.now() - startedMs);
  }
  return times;
}

function figuresAt(at: number, ours: readonly number[][], theirs: readonly number[][]): Figure[] {
  const name = `p${Math.round(at * 100)}`;
  const both = [ours, theirs].map((rounds) => rounds.map((times) => quantileOf(times, at)));
  const [mine = [], disk = []] = both;
  const { median: value, p10, p90 } = spreadOf(mine.map((ms, round) => ms / disk[round]!));
  return [
    { name: `one event at a time: ${name}`, unit: 'ms', value: quantileOf(ours.flat(), at) },
    { name: `write and fsync of 4 KB: ${name}`, unit: 'ms', value: quantileOf(theirs.flat(), at) },
    {
      name: `one event / write and fsync: ${name}`,
      unit: '',
      value,
      p10,
      p90,
      ...(at === 0.99 ? { target: '<= 3' } : {}),
      note: `median of ${ROUNDS} rounds by turns, ${CALLS_PER_ROUND} calls each`,
    },
  ];
}
