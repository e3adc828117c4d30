import { Gauge, type Registry } from 'prom-client';

/** Adds the metric of the queue of the forest threads to a registry. @param waitingWalkCount returns the number of walks that wait now */
export function registerForestMetrics(registry: Registry, waitingWalkCount: () => number): void {
  const gauge: Gauge = new Gauge({
    name: 'pairstream_forest_waiting_walks',
    help: 'Walks of forests (parts of a batch, up to 1,024 rows of one forest) that wait for a thread of the gateway',
    registers: [registry],
    collect() {
      gauge.set(waitingWalkCount());
    },
  });
}
