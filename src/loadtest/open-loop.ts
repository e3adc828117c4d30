import type { Clock } from './clock.js';

/** Window of a run, milliseconds from its start. */
export interface LoadWindow {
  /** Messages before this time are sent and not counted. */
  readonly warmUpMs: number;
  /** Counted time after the warm-up; Infinity: until the arrivals end. */
  readonly durationMs: number;
}

/** Counted time of a run on its clock, milliseconds. */
export interface LoadWindowOnClock {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Sends a message at each arrival time, no matter how many are unanswered. A slow gateway does not slow the arrivals down, so latency
 * that counts from the intended time has no coordinated omission.
 * @param arrivals milliseconds from the start, ascending
 * @param send called with the intended time of the message on the clock
 * @throws AbortError after the signal
 */
export async function openLoop(
  { warmUpMs, durationMs }: LoadWindow,
  arrivals: Iterable<number>,
  clock: Clock,
  send: (intendedMs: number, isCounted: boolean) => void,
  signal?: AbortSignal,
): Promise<LoadWindowOnClock> {
  const zeroMs = clock.nowMs();
  const startMs = zeroMs + warmUpMs;
  let lastMs = zeroMs;
  for (const offsetMs of arrivals) {
    if (offsetMs >= warmUpMs + durationMs) break;
    lastMs = zeroMs + offsetMs;
    await clock.waitUntil(lastMs, signal);
    send(lastMs, offsetMs >= warmUpMs);
  }
  const endMs = durationMs === Infinity ? Math.max(lastMs, startMs) : startMs + durationMs;
  await clock.waitUntil(endMs, signal);
  return { startMs, endMs: Math.max(endMs, clock.nowMs()) };
}
