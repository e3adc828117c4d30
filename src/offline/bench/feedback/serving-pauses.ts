import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { EVENTS_PER_S, sendEvents } from './event-source.js';
import type { TokenSource } from './token-source.js';

const ROUNDS = 9;
const TURN_MS = 2_000;
const TOKENS_PER_TURN = (EVENTS_PER_S * TURN_MS) / 2_000;

/**
 * Longest block of the serving thread while events arrive, the tables grow and a snapshot is written; by turns with a gateway that
 * rests. No pair is scored: a batch of pairs blocks the thread for as long as its features take.
 */
export async function measureServingPauses(server: ServerProcess, tokenSource: TokenSource): Promise<Figure> {
  const idleMs: number[] = [];
  const busyMs: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const tokens = await tokenSource.take(TOKENS_PER_TURN);
    await server.longestBlockMs();
    await sleep(TURN_MS);
    const idle = await server.longestBlockMs();
    await Promise.all([
      sendEvents(server.client, tokens, new AbortController().signal),
      server.writeSnapshot(),
    ]);
    const busy = await server.longestBlockMs();
    if (round === 0) continue;
    idleMs.push(idle);
    busyMs.push(busy);
  }
  const { p10, p90 } = spreadOf(busyMs);
  return {
    name: 'longest block of the serving thread: 10,000 events/s and a snapshot, no pairs',
    unit: 'ms',
    value: Math.max(...busyMs),
    p10,
    p90,
    target: '<= 5',
    note: `longest of ${ROUNDS} rounds of ${TURN_MS / 1_000} s by turns; at rest: ${Math.max(...idleMs).toFixed(1)} ms`,
  };
}
