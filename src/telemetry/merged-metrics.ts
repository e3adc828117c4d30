import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client';

/** Values of all metrics of one thread, as they are sent to another. */
export type MetricValues = readonly MetricObject[];

/** Metrics whose values never fall: they outlive the thread that counted them. */
const CUMULATIVE: ReadonlySet<unknown> = new Set(['counter', 'histogram']);

/** Values of all metrics of a thread. */
export async function metricValues(registry: Registry): Promise<MetricValues> {
  return await registry.getMetricsAsJSON();
}

/**
 * Metrics of worker threads as those of one process: counters and histograms are added up, gauges by the aggregator of each metric. What
 * a thread had counted before it ended is kept, as far as it was read.
 */
export class MergedMetrics {
  private readonly latest = new Map<number, MetricValues>();
  /** What ended threads had counted. */
  private ended: readonly MetricValues[] = [];
  private isAddingUp = false;

  /** @param main metrics of the main thread; those that workers have, too, are left out */
  constructor(private readonly main: Registry) {}

  /** Sets the values of a worker thread. */
  read(worker: number, values: MetricValues): void {
    this.latest.set(worker, values);
  }

  /** A worker thread has ended; another one may take its number. */
  end(worker: number): void {
    const last = this.latest.get(worker) ?? [];
    this.latest.delete(worker);
    this.ended = [...this.ended, last.filter(({ type }) => CUMULATIVE.has(type))];
    void this.addUpEnded();
  }

  /** All metrics in the Prometheus text format. */
  async text(): Promise<string> {
    const workers = aggregate([...this.latest.values(), ...this.ended]);
    const names = new Set((await metricValues(workers)).map(({ name }) => name));
    const own = this.main.getMetricsAsArray().filter(({ name }) => !names.has(name));
    const texts = await Promise.all(own.map(({ name }) => this.main.getSingleMetricAsString(name)));
    return [await workers.metrics(), ...texts, ''].join('\n');
  }

  /** Keeps one sum instead of the values of each ended thread. */
  private async addUpEnded(): Promise<void> {
    if (this.isAddingUp) return;
    this.isAddingUp = true;
    while (this.ended.length > 1) {
      const { ended } = this;
      const sum = await metricValues(aggregate(ended));
      this.ended = [sum, ...this.ended.slice(ended.length)];
    }
    this.isAddingUp = false;
  }
}

/** Adds up the metrics of several threads. prom-client may change the arrays that it is given. */
function aggregate(threads: readonly MetricValues[]): Registry {
  return AggregatorRegistry.aggregate(threads.map((values) => [...values]));
}
