import type { Clock } from './clock.js';
import type { LoadWindow, LoadWindowOnClock } from './open-loop.js';
import type { Outcome } from './transport/outcome.js';

/** Pause after a lost message, and after a refusal without a delay of its own, milliseconds. */
const PAUSE_MS = 10;

/**
 * Keeps a number of messages in flight: each outcome makes room for the next message. A refusal is followed by the delay that the
 * gateway asks for.
 * @param inFlight 1 or more
 * @param send called with the present time on the clock; the promise never fails
 * @throws AbortError after the signal
 */
export async function closedLoop(
  { warmUpMs, durationMs }: LoadWindow,
  inFlight: number,
  clock: Clock,
  send: (nowMs: number, isCounted: boolean) => Promise<Outcome>,
  signal?: AbortSignal,
): Promise<LoadWindowOnClock> {
  const startMs = clock.nowMs() + warmUpMs;
  const endMs = startMs + durationMs;
  const repeat = async (): Promise<void> => {
    for (let nowMs = clock.nowMs(); nowMs < endMs; nowMs = clock.nowMs()) {
      signal?.throwIfAborted();
      const outcome = await send(nowMs, nowMs >= startMs);
      if (outcome.kind === 'answered') continue;
      const pauseMs = outcome.kind === 'refused' ? (outcome.retryAfterMs ?? PAUSE_MS) : PAUSE_MS;
      await clock.waitUntil(Math.min(endMs, clock.nowMs() + pauseMs), signal);
    }
  };
  const isDone = Promise.all(Array.from({ length: inFlight }, repeat));
  // A message without a response must not hold the loop past its end.
  await Promise.race([isDone, clock.waitUntil(endMs, signal)]);
  return { startMs, endMs };
}
