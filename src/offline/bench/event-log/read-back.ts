import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_BYTES } from '../../../feedback/events/event-record.js';
import { EmbeddedLog } from '../../../feedback/log/embedded-log.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { randomEvents } from './bench-events.js';
import { timeReadingMs } from './file-reading.js';

const EVENT_COUNT = 2_000_000;
const EVENTS_PER_CALL = 20_000;
const ROUNDS = 5;
const MAX_BYTES = 2 ** 30;

/** Speed of opening a log and reading all of it, by turns with reading the bytes of its file. The file is in the page cache for both. */
export async function measureReadBack(folder: string): Promise<Figure[]> {
  const path = join(folder, 'log');
  const fileBytes = await fill(path);
  const samples: { ours: number; theirs: number }[] = [];
  for (let round = 0; round <= ROUNDS; round += 1)
    samples.push({ ours: await readLog(path), theirs: timeReadingMs(join(path, 'data.mdb')) });
  rmSync(path, { recursive: true });
  const counted = samples.slice(1);
  const megabytes = (EVENT_COUNT * EVENT_BYTES) / 1e6;
  const figure = (name: string, unit: string, values: readonly number[]): Figure => {
    const { median: value, p10, p90 } = spreadOf(values);
    return { name, unit, value, p10, p90 };
  };
  return [
    { name: 'large calls: bytes on disk', unit: 'bytes/event', value: fileBytes / EVENT_COUNT },
    figure(
      'open and read back',
      'MB/s',
      counted.map(({ ours }) => (megabytes * 1_000) / ours),
    ),
    figure(
      'open and read back',
      'events/s',
      counted.map(({ ours }) => (EVENT_COUNT * 1_000) / ours),
    ),
    figure(
      'reading the file once',
      'MB/s',
      counted.map(({ theirs }) => fileBytes / 1_000 / theirs),
    ),
    {
      ...figure(
        'time to read back / time to read the file',
        '',
        counted.map(({ ours, theirs }) => ours / theirs),
      ),
      target: '<= 5',
      note: `median of ${ROUNDS} rounds by turns, 2,000,000 events`,
    },
  ];
}

async function fill(folder: string): Promise<number> {
  const log = await EmbeddedLog.open({ folder, maxBytes: MAX_BYTES });
  const events = randomEvents(EVENTS_PER_CALL, 5);
  for (let count = 0; count < EVENT_COUNT; count += EVENTS_PER_CALL) await log.append(events);
  const { diskBytes } = log.state;
  await log.close();
  return diskBytes;
}

async function readLog(folder: string): Promise<number> {
  const startedMs = performance.now();
  const log = await EmbeddedLog.open({ folder, maxBytes: MAX_BYTES });
  let bytes = 0;
  await log.consume(undefined, ({ events }) => {
    bytes += events.length;
  });
  const elapsedMs = performance.now() - startedMs;
  await log.close();
  if (bytes !== EVENT_COUNT * EVENT_BYTES) throw new Error(`read ${bytes} bytes`);
  return elapsedMs;
}
