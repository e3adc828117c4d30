import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { registerForestMetrics } from './forest-metrics.js';

it('each scrape reads the number of waiting walks anew', async () => {
  const registry = new Registry();
  let waiting = 3;
  registerForestMetrics(registry, () => waiting);
  expect(await registry.metrics()).toContain('\npairstream_forest_waiting_walks 3\n');
  waiting = 0;
  expect(await registry.metrics()).toContain('\npairstream_forest_waiting_walks 0\n');
});
