import type { PredictInput } from '@pairstream/client';
import type { PartRow } from '../../../pairs/part-row.js';
import { CANDIDATES, chunk, oneReaderRequests, run, withOwnTweets } from '../load/bench-load.js';
import { quantileOf, spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';

const LARGE_PAIRS = 1_024;
const WARM_UP_MESSAGES = 200;
const ROUNDS = 5;
const CPU_ROUNDS = 15;
const MESSAGES_PER_ROUND = 60;
const LATENCY_MESSAGES = 400;
const CACHE_MB = 64;

/** CPU time of the gateway per pair, everything but the models: null backend, messages of 1,024 pairs. */
export async function benchGateway(rows: readonly PartRow[]): Promise<Figure[]> {
  await using server = await ServerProcess.start({ backend: 'null' });
  const readersPerTweet = rows.length / new Set(rows.map(({ tweetId }) => tweetId)).size;
  return [
    await cpuFigure(server, 'every tweet new', withOwnTweets(rows)),
    await cpuFigure(server, `every tweet seen by ${readersPerTweet.toFixed(1)} readers`, rows),
  ];
}

async function cpuFigure(server: ServerProcess, name: string, rows: readonly PartRow[]): Promise<Figure> {
  const requests = chunk(rows, LARGE_PAIRS);
  await run(server.client, requests, WARM_UP_MESSAGES, 8);
  const samples: number[] = [];
  for (let round = 0; round < CPU_ROUNDS; round += 1) {
    const before = await server.cpuUs();
    await run(server.client, requests, MESSAGES_PER_ROUND, 8);
    samples.push(((await server.cpuUs()) - before) / (MESSAGES_PER_ROUND * LARGE_PAIRS));
  }
  const { median, p10, p90 } = spreadOf(samples);
  return {
    name: `CPU of the gateway, null backend, messages of 1,024, ${name}`,
    unit: 'us/pair',
    value: median,
    p10,
    p90,
    target: '<= 25',
    note: 'whole process, garbage collection included',
  };
}

/** Throughput and latency with the shipped models inside the gateway. */
export async function benchEndToEnd(rows: readonly PartRow[]): Promise<Figure[]> {
  await using server = await ServerProcess.start({ backend: 'onnx' });
  const large = chunk(rows, LARGE_PAIRS);
  const small = oneReaderRequests(rows);
  await run(server.client, large, WARM_UP_MESSAGES, 8);
  const throughput = await throughputOf(server, large, LARGE_PAIRS);
  const smallThroughput = await throughputOf(server, small, CANDIDATES);
  const alone = await latenciesOneByOne(server, small);
  const halfLoadGapMs = (2 * CANDIDATES * 1_000) / smallThroughput;
  const paced = (await run(server.client, small, LATENCY_MESSAGES, 64, halfLoadGapMs)).latenciesMs;
  const latency = (name: string, samples: readonly number[], at: number, target?: string): Figure => ({
    name,
    unit: 'ms',
    value: quantileOf(samples, at),
    ...(target === undefined ? {} : { target }),
  });
  return [
    {
      name: 'throughput, messages of 1,024 pairs',
      unit: 'pairs/s',
      value: throughput,
      note: '8 in flight, client on the same machine',
    },
    {
      name: 'throughput, one reader x 100 candidates',
      unit: 'pairs/s',
      value: smallThroughput,
      note: '8 in flight',
    },
    latency('one reader x 100, one call after another, p50', alone, 0.5),
    latency('one reader x 100, one call after another, p99', alone, 0.99),
    latency('one reader x 100, half load, p50', paced, 0.5),
    latency('one reader x 100, half load, p99', paced, 0.99, '<= 20'),
  ];
}

/**
 * What the cache of the nets' tweet towers saves: the same requests, in which a tweet comes again and again, with the
 * cache and without it.
 */
export async function benchTowerCache(rows: readonly PartRow[]): Promise<Figure[]> {
  const requests = chunk(rows, LARGE_PAIRS);
  const measure = async (
    cacheMb: number,
  ): Promise<{ pairsPerS: number; cpuUs: number; hitShare: number }> => {
    await using server = await ServerProcess.start({ backend: 'onnx', towerCacheMb: cacheMb });
    await run(server.client, requests, requests.length, 8);
    const before = await server.cpuUs();
    const pairsPerS = await throughputOf(server, requests, LARGE_PAIRS);
    const cpuUs = ((await server.cpuUs()) - before) / (ROUNDS * MESSAGES_PER_ROUND * LARGE_PAIRS);
    const { hitCount, missCount } = await server.towers();
    return { pairsPerS, cpuUs, hitShare: hitCount / (hitCount + missCount) };
  };
  const [cached, uncached] = [await measure(CACHE_MB), await measure(0)];
  const note = `${new Set(rows.map(({ tweetId }) => tweetId)).size} tweets, messages of 1,024 pairs, 8 in flight`;
  return [
    {
      name: `hit rate, ${CACHE_MB} MiB`,
      unit: '%',
      value: 100 * cached.hitShare,
      note: `${note}; first sight of each included`,
    },
    { name: 'throughput with the cache', unit: 'pairs/s', value: cached.pairsPerS, note },
    { name: 'throughput without', unit: 'pairs/s', value: uncached.pairsPerS, note },
    { name: 'CPU of the gateway with the cache', unit: 'us/pair', value: cached.cpuUs, note },
    { name: 'CPU of the gateway without', unit: 'us/pair', value: uncached.cpuUs, note },
  ];
}

/** Latency of unary calls, each sent when the one before is answered. */
async function latenciesOneByOne(
  { client }: ServerProcess,
  requests: readonly PredictInput[],
): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let i = 0; i < LATENCY_MESSAGES; i += 1) {
    const startedMs = performance.now();
    await client.predict(requests[i % requests.length]!);
    latenciesMs.push(performance.now() - startedMs);
  }
  return latenciesMs;
}

async function throughputOf(
  server: ServerProcess,
  requests: readonly PredictInput[],
  pairs: number,
): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { elapsedMs } = await run(server.client, requests, MESSAGES_PER_ROUND, 8);
    samples.push((MESSAGES_PER_ROUND * pairs * 1_000) / elapsedMs);
  }
  return spreadOf(samples).median;
}
