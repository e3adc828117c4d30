import { Counter, Gauge, type Registry } from 'prom-client';

/** Numbers of the worker threads, read when metrics are collected. */
export interface WorkerLevels {
  readonly runningCount: () => number;
  readonly restartCount: () => number;
}

/** Metrics of the worker threads of a gateway. */
export class WorkerTelemetry {
  constructor(private readonly registry: Registry) {}

  /** Adds the metrics. Call once. */
  watch({ runningCount, restartCount }: WorkerLevels): void {
    const running = new Gauge({
      name: 'pairstream_workers',
      help: 'Worker threads that run',
      registers: [],
      collect() {
        this.set(runningCount());
      },
    });
    const restarts = new Counter({
      name: 'pairstream_worker_restarts_total',
      help: 'Worker threads that crashed and were started anew',
      registers: [],
      collect() {
        this.reset();
        this.inc(restartCount());
      },
    });
    this.registry.registerMetric(running);
    this.registry.registerMetric(restarts);
  }
}
