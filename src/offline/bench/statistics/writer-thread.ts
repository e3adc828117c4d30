import { setImmediate } from 'node:timers/promises';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { StatisticsTable } from '../../../statistics/statistics-table.js';
import { StatisticsWriter } from '../../../statistics/statistics-writer.js';
import { BENCH_HORIZONS, EventLoad } from './event-load.js';

const EVENTS_PER_TURN = 10_000;

/** Writes a table of another thread as fast as it can, until a message arrives. `workerData` has the memory and the number of keys. */
const { buffer, keyCount } = z
  .object({ buffer: z.instanceof(SharedArrayBuffer), keyCount: z.number() })
  .parse(workerData);
const writer = new StatisticsWriter(new StatisticsTable('bench', BENCH_HORIZONS, buffer));
const load = new EventLoad(keyCount);
while (receiveMessageOnPort(parentPort!) === undefined) {
  load.apply(writer, EVENTS_PER_TURN);
  await setImmediate();
}
