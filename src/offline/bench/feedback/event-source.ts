import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FeedbackInput,
  type PairstreamClient,
  type PredictInput,
  ServerError,
} from '@pairstream/client';

/** Events per second of the measured load. */
export const EVENTS_PER_S = 10_000;
const EVENTS_PER_REQUEST = 100;
const KINDS = ['IMPRESSION', 'LIKE'] as const;
const PAIRS_PER_REQUEST = EVENTS_PER_REQUEST / KINDS.length;
const MAX_IN_FLIGHT = 64;

/** The requests at the time of the server's clock, so that events of this moment belong to them. */
export function atPresent(requests: readonly PredictInput[]): PredictInput[] {
  return requests.map((request) => ({ ...request, pairs: { ...request.pairs, asOfS: [] } }));
}

/**
 * Sends an impression and a like of each token until the signal aborts or the tokens are used up.
 * @param eventsPerS pace; Infinity: as fast as the requests are answered
 */
export async function sendEvents(
  client: PairstreamClient,
  tokens: readonly Uint8Array[],
  signal: AbortSignal,
  eventsPerS = EVENTS_PER_S,
): Promise<{ readonly acceptedPerS: number }> {
  const startedMs = performance.now();
  let acceptedCount = 0;
  const requests = paced(tokens, signal, (EVENTS_PER_REQUEST * 1_000) / eventsPerS);
  for await (const { output } of client.feedback(requests, { maxInFlight: MAX_IN_FLIGHT })) {
    if (output instanceof ServerError) throw output;
    acceptedCount += output.acceptedCount;
  }
  return { acceptedPerS: (acceptedCount * 1_000) / (performance.now() - startedMs) };
}

async function* paced(
  tokens: readonly Uint8Array[],
  signal: AbortSignal,
  gapMs: number,
): AsyncGenerator<FeedbackInput> {
  const startedMs = performance.now();
  for (let sentCount = 0; !signal.aborted; sentCount += 1) {
    const at = sentCount * PAIRS_PER_REQUEST;
    const pairs = tokens.slice(at, at + PAIRS_PER_REQUEST);
    if (pairs.length === 0) return;
    const waitMs = startedMs + sentCount * gapMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    yield {
      token: KINDS.flatMap(() => pairs),
      kind: KINDS.flatMap((kind) => pairs.map(() => kind)),
    };
  }
}
