import type { PredictInput } from '@pairstream/client';
import { CANDIDATES, run } from '../load/bench-load.js';
import type { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { PUBLISHED_PAIRS } from './published-run.js';

const WARM_UP_MESSAGES = 80;
const MESSAGES = 60;
/** Many short rounds by turns, because the speed of a shared machine changes from minute to minute. */
const ROUNDS = 11;
const IN_FLIGHT = 16;
/** Messages that a load needs: no request is sent twice to a gateway. */
export const LOAD_MESSAGES = WARM_UP_MESSAGES + ROUNDS * MESSAGES;

/** Measured samples of one gateway, one per round. */
export interface LoadSamples {
  readonly pairsPerS: readonly number[];
  /** CPU time of the gateway per pair, microseconds. */
  readonly cpuUs: readonly number[];
  /** Share of the tweets whose towers were in the cache, 0 to 1. */
  readonly hitShare: number;
}

/** Sends the same requests to each gateway, by turns. @returns samples in the order of the gateways */
export async function measureLoad(
  gateways: readonly ServerProcess[],
  requests: readonly PredictInput[],
): Promise<LoadSamples[]> {
  const towersBefore = await Promise.all(gateways.map((gateway) => gateway.towers()));
  for (const { client } of gateways)
    await run(client, requests.slice(0, WARM_UP_MESSAGES), WARM_UP_MESSAGES, IN_FLIGHT);
  const rounds = gateways.map((): { pairsPerS: number; cpuUs: number }[] => []);
  for (let at = WARM_UP_MESSAGES; at + MESSAGES <= requests.length; at += MESSAGES)
    for (const [i, gateway] of gateways.entries())
      rounds[i]!.push(await measureRound(gateway, requests.slice(at, at + MESSAGES)));
  return await Promise.all(
    gateways.map(async (gateway, i) => {
      const { hitCount, missCount } = await gateway.towers();
      const before = towersBefore[i]!;
      const hits = hitCount - before.hitCount;
      return {
        pairsPerS: rounds[i]!.map(({ pairsPerS }) => pairsPerS),
        cpuUs: rounds[i]!.map(({ cpuUs }) => cpuUs),
        hitShare: hits / (hits + missCount - before.missCount),
      };
    }),
  );
}

async function measureRound(
  gateway: ServerProcess,
  requests: readonly PredictInput[],
): Promise<{ pairsPerS: number; cpuUs: number }> {
  const before = await gateway.cpuUs();
  const { elapsedMs } = await run(gateway.client, requests, requests.length, IN_FLIGHT);
  const pairCount = requests.length * CANDIDATES;
  return {
    pairsPerS: (pairCount * 1_000) / elapsedMs,
    cpuUs: ((await gateway.cpuUs()) - before) / pairCount,
  };
}

/** Throughput of one gateway. @param where engine of its models @param load name of the load */
export function throughputFigure(
  where: string,
  load: string,
  { pairsPerS, hitShare }: LoadSamples,
  target?: string,
): Figure {
  const note = `${(100 * hitShare).toFixed(0)} % of the tweets' towers in the cache; client on the same machine`;
  return { ...figureOf(`${where}: ${load}`, 'pairs/s', pairsPerS, target), note };
}

/** Throughput of the embedded models divided by that on Triton: the median of the ratios of the rounds. */
export function ratioFigure(
  load: string,
  embedded: LoadSamples,
  triton: LoadSamples,
  target?: string,
): Figure {
  const ratios = embedded.pairsPerS.map((pairsPerS, round) => pairsPerS / triton.pairsPerS[round]!);
  const note = `median of ${ratios.length} rounds by turns`;
  return { ...figureOf(`embedded / Triton: ${load}`, '', ratios, target), note };
}

/** CPU time that the gateway would take for as many pairs as the published system was timed on. */
export function coreSecondsFigure(load: string, { cpuUs }: LoadSamples, target?: string): Figure {
  const seconds = cpuUs.map((us) => (us * PUBLISHED_PAIRS) / 1e6);
  return figureOf(`15M pairs, embedded: CPU time of the gateway, ${load}`, 'core-s', seconds, target);
}

function figureOf(name: string, unit: string, samples: readonly number[], target?: string): Figure {
  const { median: value, p10, p90 } = spreadOf(samples);
  return { name, unit, value, p10, p90, ...(target === undefined ? {} : { target }) };
}
