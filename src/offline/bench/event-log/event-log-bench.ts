import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../result.js';
import { measureAppendLatency } from './append-latency.js';
import { measureDurableRate } from './durable-rate.js';
import { measureReadBack } from './read-back.js';

/**
 * Speed and size of the embedded event log, each by turns with the plain operation on the same disk.
 * @param work folder on the disk to measure, created if needed
 */
export async function benchEventLog(work: string): Promise<Figure[]> {
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, 'bench-event-log-'));
  try {
    return [
      ...(await measureDurableRate(folder, 1, {})),
      ...(await measureDurableRate(folder, 100, { rate: '>= 100,000', ratio: '>= 0.6' })),
      ...(await measureDurableRate(folder, 1_000, { ratio: '>= 0.6' })),
      ...(await measureAppendLatency(folder)),
      ...(await measureReadBack(folder)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
