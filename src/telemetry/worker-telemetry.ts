import { Counter, Gauge, type Registry } from 'prom-client';

/** Numbers of the worker threads, read when metrics are collected. */
export interface WorkerLevels {
  readonly runningCount: () => number;
  readonly restartCount: () => number;
  readonly blockedCount: () => number;
}

/** Metrics of the worker threads of a gateway. */
export class WorkerTelemetry {
  constructor(private readonly registry: Registry) {}

  /** Adds the metrics. Call once. */
  watch({ runningCount, restartCount, blockedCount }: WorkerLevels): void {
    const running = new Gauge({
      name: 'pairstream_workers',
      help: 'Worker threads that run',
      registers: [],
      collect() {
        this.set(runningCount());
      },
    });
    this.registry.registerMetric(running);
    this.count('worker_restarts_total', 'Worker threads that crashed and were started anew', restartCount);
    this.count(
      'blocked_workers_total',
      'Worker threads that were ended because their event loop stood still for longer than PAIRSTREAM_MAX_WORKER_BLOCK_MS',
      blockedCount,
    );
  }

  private count(name: string, help: string, read: () => number): void {
    const counter = new Counter({
      name: `pairstream_${name}`,
      help,
      registers: [],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
    this.registry.registerMetric(counter);
  }
}
