import type { Horizon } from '../../../statistics/record-layout.js';
import { horizonsOf } from '../../../statistics/statistics-tables.js';
import type { StatisticsWriter } from '../../../statistics/statistics-writer.js';
import { Random } from '../../world/random.js';

/** Horizons of the measured table. */
export const BENCH_HORIZONS: readonly Horizon[] = horizonsOf(['long', 'recent']);
/** Event time at the begin, Unix seconds. */
export const BENCH_START_S = 1_614_000_000;
/** Event time passes by a second every so many events. */
const EVENTS_PER_S = 10_000;

/** Lanes of key number n, spread like those of a hash. */
export function loOf(n: number): number {
  return Math.imul(n + 1, 0x9e_37_79_b1) ^ (n >>> 7);
}

/** High lane of key number n. */
export function hiOf(n: number): number {
  return Math.imul(n ^ 0x55_55, 0x85_eb_ca_6b);
}

/** Impressions and engagements of random keys out of a number of keys. */
export class EventLoad {
  private readonly random = new Random(23);
  private eventCount = 0;

  constructor(private readonly keyCount: number) {}

  /** Applies events to a table. */
  apply(writer: StatisticsWriter, count: number): void {
    for (let i = 0; i < count; i += 1) {
      const n = this.random.below(this.keyCount);
      const timeS = BENCH_START_S + Math.floor(this.eventCount / EVENTS_PER_S);
      if (i % 2 === 0) writer.addImpression(loOf(n), hiOf(n), timeS);
      else writer.addEngagement(loOf(n), hiOf(n), timeS, i % 4);
      this.eventCount += 1;
    }
  }
}
