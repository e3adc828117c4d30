import type { PartRow } from '../../../pairs/part-row.js';
import { chunk } from '../load/bench-load.js';
import { ServerProcess } from '../load/server-process.js';
import { quantileOf, spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { freshRows } from './ensemble-workload.js';

const STARTS = 3;
const WARM_UP_PAIRS = 100;
const PAIRS = 500;
/** First tweet number of single pairs; other loads use smaller numbers. */
const FIRST_TWEET = 500_000;

/** Time until a gateway with embedded models serves, and the latency of single pairs, one call after another, every tweet new. */
export async function measureStartAndLatency(pipeline: string, rows: readonly PartRow[]): Promise<Figure[]> {
  const startsS: number[] = [];
  const latenciesMs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    await using gateway = await ServerProcess.start({ backend: 'onnx', pipeline });
    startsS.push(gateway.startMs / 1_000);
    if (start === STARTS - 1) latenciesMs.push(...(await onePairLatenciesMs(gateway, rows)));
  }
  const figure = (name: string, unit: string, samples: readonly number[]): Figure => {
    const { median: value, p10, p90 } = spreadOf(samples);
    return { name, unit, value, p10, p90 };
  };
  return [
    figure('embedded: from the start of the process until it serves', 's', startsS),
    {
      ...figure('embedded: one pair alone, p50', 'ms', latenciesMs),
      note: `p99 ${quantileOf(latenciesMs, 0.99).toFixed(1)} ms; ${PAIRS} calls one after another, every tweet new`,
    },
  ];
}

async function onePairLatenciesMs({ client }: ServerProcess, rows: readonly PartRow[]): Promise<number[]> {
  const requests = chunk(freshRows(rows, WARM_UP_PAIRS + PAIRS, FIRST_TWEET), 1);
  const latenciesMs: number[] = [];
  for (const request of requests) {
    const sentMs = performance.now();
    await client.predict(request);
    latenciesMs.push(performance.now() - sentMs);
  }
  return latenciesMs.slice(WARM_UP_PAIRS);
}
