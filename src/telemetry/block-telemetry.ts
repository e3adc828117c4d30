import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** Interval at which the event loop is looked at, milliseconds: an undisturbed loop is measured at this delay. */
const RESOLUTION_MS = 10;
/** The longest block is of the time since one to two windows ago, however often it is read. */
const WINDOW_MS = 60_000;
const NS_PER_S = 1e9;
const MS_PER_S = 1e3;

/** Longest block of the event loop of this thread, as a metric. */
export class BlockTelemetry {
  private readonly delays: ELDHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private earlierNs = 0;
  private readonly timer: NodeJS.Timeout;

  /** Starts the measurement. @param worker index of this thread among the threads that serve */
  constructor(registry: Registry, worker: number) {
    this.delays.enable();
    this.timer = setInterval(() => this.turn(), WINDOW_MS).unref();
    const longestS = (): number => this.longestS;
    const gauge = new Gauge({
      name: 'pairstream_longest_block_seconds',
      help: 'Longest time that the event loop of a serving thread stood still within the last one to two minutes',
      labelNames: ['worker'],
      registers: [],
      collect() {
        this.set({ worker: String(worker) }, longestS());
      },
    });
    registry.registerMetric(gauge);
  }

  /** Longest block of this window and the one before, in seconds; 0 if none was longer than 10 ms. */
  get longestS(): number {
    const blockS = Math.max(this.delays.max, this.earlierNs) / NS_PER_S - RESOLUTION_MS / MS_PER_S;
    return Math.max(0, blockS);
  }

  /** Ends the measurement. */
  close(): void {
    clearInterval(this.timer);
    this.delays.disable();
  }

  private turn(): void {
    this.earlierNs = this.delays.max;
    this.delays.reset();
  }
}
