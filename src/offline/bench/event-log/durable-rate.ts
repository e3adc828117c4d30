import { open } from 'lmdb';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_BYTES } from '../../../feedback/events/event-record.js';
import { EmbeddedLog } from '../../../feedback/log/embedded-log.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { randomEvents } from './bench-events.js';

const PRODUCERS = 8;
const ROUNDS = 9;
const TURN_MS = 500;
const MAX_BYTES = 8 * 2 ** 30;

/** Events that became durable, and the groups in which they did. */
interface Run {
  readonly eventsPerS: number;
  /** Events of each group. */
  readonly groups: readonly number[];
}

/**
 * Durable events per second of 8 producers, by turns with lmdb-js alone: it stores the same bytes in groups of the same sizes, one
 * value per group, and waits until each is synced.
 * @param eventsPerCall events of one call of `append`
 */
export async function measureDurableRate(
  folder: string,
  eventsPerCall: number,
  targets: { readonly rate?: string; readonly ratio?: string },
): Promise<Figure[]> {
  const calls = Array.from({ length: PRODUCERS }, (_, i) => randomEvents(eventsPerCall, i));
  const bytes = randomEvents(PRODUCERS * eventsPerCall, 99);
  const samples: { ours: number; theirs: number; groupEvents: number }[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const { eventsPerS, groups } = await produce(join(folder, 'log'), calls);
    const theirs = await storeGroups(join(folder, 'raw'), bytes, groups);
    samples.push({ ours: eventsPerS, theirs, groupEvents: spreadOf(groups).median });
  }
  const counted = samples.slice(1);
  const setting = `8 producers, ${eventsPerCall.toLocaleString('en-US')} event${eventsPerCall === 1 ? '' : 's'} a call`;
  const figure = (what: string, unit: string, values: readonly number[], target?: string): Figure => {
    const { median: value, p10, p90 } = spreadOf(values);
    return {
      name: `${setting}: ${what}`,
      unit,
      value,
      p10,
      p90,
      ...(target === undefined ? {} : { target }),
    };
  };
  const groupEvents = spreadOf(counted.map((each) => each.groupEvents)).median;
  return [
    {
      ...figure(
        'durable events',
        'events/s',
        counted.map(({ ours }) => ours),
        targets.rate,
      ),
      note: `groups of ${groupEvents} events (median)`,
    },
    figure(
      'lmdb-js, same groups',
      'events/s',
      counted.map(({ theirs }) => theirs),
    ),
    {
      ...figure(
        'event log / lmdb-js',
        '',
        counted.map(({ ours, theirs }) => ours / theirs),
        targets.ratio,
      ),
      note: `median of ${ROUNDS} rounds by turns`,
    },
  ];
}

async function produce(folder: string, calls: readonly Uint8Array[]): Promise<Run> {
  const log = await EmbeddedLog.open({ folder, maxBytes: MAX_BYTES });
  const ends: number[] = [0];
  const startedMs = performance.now();
  const endMs = startedMs + TURN_MS;
  await Promise.all(
    calls.map(async (events) => {
      while (performance.now() < endMs) {
        await log.append(events);
        if (log.position !== ends.at(-1)) ends.push(log.position);
      }
    }),
  );
  const elapsedMs = performance.now() - startedMs;
  const eventsPerS = (log.position * 1_000) / elapsedMs;
  await log.close();
  rmSync(folder, { recursive: true });
  return { eventsPerS, groups: ends.slice(1).map((end, i) => end - ends[i]!) };
}

async function storeGroups(folder: string, bytes: Uint8Array, groups: readonly number[]): Promise<number> {
  const database = open<Buffer, number>({ path: folder, encoding: 'binary', cache: false });
  const startedMs = performance.now();
  let sequence = 0;
  for (const count of groups) {
    await database.put(sequence, Buffer.from(bytes.buffer, 0, count * EVENT_BYTES));
    await database.flushed;
    sequence += count;
  }
  const eventsPerS = (sequence * 1_000) / (performance.now() - startedMs);
  await database.close();
  rmSync(folder, { recursive: true });
  return eventsPerS;
}
