import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { MergedMetrics, metricValues } from './merged-metrics.js';

/** Metrics of a thread: a counter with a label, a histogram, and gauges that are summed, and whose largest value is taken. */
class ThreadMetrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];
  readonly answers = new Counter({
    name: 'answers_total',
    help: 'h',
    labelNames: ['code'],
    registers: this.registers,
  });
  readonly seconds = new Histogram({
    name: 'seconds',
    help: 'h',
    buckets: [1, 10],
    registers: this.registers,
  });
  readonly rows = new Gauge({ name: 'rows', help: 'h', registers: this.registers });
  readonly limit = new Gauge({ name: 'limit', help: 'h', aggregator: 'max', registers: this.registers });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('MergedMetrics', () => {
  it('adds counters and histograms, gauges by their aggregator, and keeps metrics of the main thread alone', async () => {
    const main = new ThreadMetrics();
    new Gauge({ name: 'process_age', help: 'h', aggregator: 'omit', registers: [main.registry] }).set(4);
    main.rows.set(1_000);
    const merged = new MergedMetrics(main.registry);
    for (const worker of [0, 1]) {
      const metrics = new ThreadMetrics();
      metrics.answers.inc({ code: 'OK' }, worker + 1);
      metrics.seconds.observe(5 * worker);
      metrics.rows.set(7);
      metrics.limit.set(100);
      merged.read(worker, await metricValues(metrics.registry));
    }
    const found = lines(await merged.text());
    expect(found).toEqual(
      expect.arrayContaining([
        'answers_total{code="OK"} 3',
        'seconds_bucket{le="1"} 1',
        'seconds_bucket{le="10"} 2',
        'seconds_count 2',
        'rows 14',
        'limit 100',
        'process_age 4',
      ]),
    );
    expect(found.filter((line) => line.startsWith('rows'))).toHaveLength(1);
  });

  it('keeps what an ended thread had counted, and forgets its gauges', async () => {
    const merged = new MergedMetrics(new Registry());
    const count = async (worker: number, answers: number): Promise<void> => {
      const metrics = new ThreadMetrics();
      metrics.answers.inc({ code: 'OK' }, answers);
      metrics.rows.set(7);
      merged.read(worker, await metricValues(metrics.registry));
    };
    await count(0, 5);
    merged.end(0);
    await count(0, 1);
    await count(1, 4);
    merged.end(0);
    merged.end(1);
    expect(lines(await merged.text())).toContain('answers_total{code="OK"} 10');
    expect(lines(await merged.text()).join('\n')).not.toContain('rows');
    await count(0, 2);
    expect(lines(await merged.text())).toEqual(
      expect.arrayContaining(['answers_total{code="OK"} 12', 'rows 7']),
    );
  });
});
