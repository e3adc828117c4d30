import type { LoadShape, LoadStep } from '../../../loadtest/load-settings.js';

const STREAM_COUNT = 4;
/** Longest wait for responses after the last deadline, milliseconds. */
const DRAIN_MS = 500;
/** The same in closed loops, whose messages have no deadline. */
const CLOSED_DRAIN_MS = 60_000;
const MAX_IN_FLIGHT = 10_000;
const SEEDS = 2 ** 32;

/** Gateway and deadline of a measurement. */
export type GeneratorTarget = Pick<LoadStep, 'target' | 'transport' | 'headers'> & {
  readonly timeoutMs?: number;
};

/** Settings of a measurement by one caller, without warm-up. @param durationMs counted time, milliseconds */
export function generatorStep(
  { target, transport, timeoutMs, headers }: GeneratorTarget,
  shape: LoadShape,
  durationMs: number,
): LoadStep {
  return {
    target,
    transport,
    timeoutMs,
    headers,
    shape,
    durationMs,
    shares: [1],
    streamsPerCaller: STREAM_COUNT,
    warmUpMs: 0,
    drainMs: shape.loop === 'closed' ? CLOSED_DRAIN_MS : DRAIN_MS,
    maxInFlight: MAX_IN_FLIGHT,
    seed: Math.floor(Math.random() * SEEDS),
    bestRung: undefined,
  };
}
