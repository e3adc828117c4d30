import type { PredictInput } from '@pairstream/client';
import { CANDIDATES, run } from '../load/bench-load.js';
import type { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { EVENTS_PER_S, sendEvents } from './event-source.js';
import type { TokenSource } from './token-source.js';

const ROUNDS = 9;
const TURN_S = 2;
const MAX_IN_FLIGHT = 8;
const WARM_UP_MESSAGES = 200;
/** Pairs of the events of a turn: two events each. A slow turn takes longer than planned. */
const TOKENS_PER_TURN = EVENTS_PER_S * TURN_S;

/**
 * Pairs per second while 10,000 events per second arrive, by turns with the same requests alone.
 * @param name of the models, for the figures
 * @param requests of CANDIDATES pairs each, at the present time
 */
export async function measurePairsBesideEvents(
  server: ServerProcess,
  name: string,
  requests: readonly PredictInput[],
  tokenSource: TokenSource,
  target: string | undefined,
): Promise<Figure[]> {
  const { client } = server;
  const warmUp = await run(client, requests, WARM_UP_MESSAGES, MAX_IN_FLIGHT);
  const messageCount = Math.ceil((WARM_UP_MESSAGES * TURN_S * 1_000) / warmUp.elapsedMs);
  const pairsPerS = async (): Promise<number> => {
    const { elapsedMs } = await run(client, requests, messageCount, MAX_IN_FLIGHT);
    return (messageCount * CANDIDATES * 1_000) / elapsedMs;
  };
  const rounds: { readonly alone: number; readonly beside: number; readonly acceptedPerS: number }[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const alone = await pairsPerS();
    const tokens = await tokenSource.take(TOKENS_PER_TURN);
    const over = new AbortController();
    const [beside, { acceptedPerS }] = await Promise.all([
      pairsPerS().finally(() => over.abort()),
      sendEvents(client, tokens, over.signal),
    ]);
    // The first round warms up.
    if (round > 0) rounds.push({ alone, beside, acceptedPerS });
  }
  const figure = (what: string, unit: string, samples: readonly number[]): Figure => {
    const { median: value, p10, p90 } = spreadOf(samples);
    return { name: `${name}: ${what}`, unit, value, p10, p90 };
  };
  return [
    figure(
      'pairs/s without events',
      'pairs/s',
      rounds.map(({ alone }) => alone),
    ),
    figure(
      'pairs/s while events arrive',
      'pairs/s',
      rounds.map(({ beside }) => beside),
    ),
    figure(
      'events accepted meanwhile',
      'events/s',
      rounds.map(({ acceptedPerS }) => acceptedPerS),
    ),
    {
      ...figure(
        'pairs/s with events / without',
        '',
        rounds.map(({ alone, beside }) => beside / alone),
      ),
      ...(target === undefined ? {} : { target }),
      note: `median of ${ROUNDS} rounds by turns`,
    },
  ];
}
