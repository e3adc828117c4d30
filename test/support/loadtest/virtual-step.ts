import { constantArrivals } from '../../../src/loadtest/arrivals/arrival-times.js';
import { closedLoop } from '../../../src/loadtest/closed-loop.js';
import type { LoadStep } from '../../../src/loadtest/load-settings.js';
import { openLoop } from '../../../src/loadtest/open-loop.js';
import type { StepResult } from '../../../src/loadtest/result/step-result.js';
import { type MessageCallers, StepRun } from '../../../src/loadtest/step-run.js';
import type { VirtualClock } from './virtual-clock.js';

/** Constant arrivals of an open loop, messages per second. */
export const RATE = 100;
const MESSAGE = { pairCount: 10, bytes: Buffer.alloc(0) };
const DEFAULTS: LoadStep = {
  shape: { loop: 'open', arrivals: 'constant', messagesPerS: RATE },
  warmUpMs: 1_000,
  durationMs: 9_000,
  target: 'virtual',
  transport: 'unary',
  shares: [1],
  streamsPerCaller: 1,
  timeoutMs: undefined,
  drainMs: 10_000,
  maxInFlight: 1_000,
  seed: 1,
  bestRung: 'full',
};

/** Runs a measurement in virtual time. The default is an open loop of 9 s at 100 messages/s after a warm-up of 1 s. */
export function runVirtualStep(
  clock: VirtualClock,
  callers: MessageCallers,
  changes: Partial<LoadStep> = {},
): Promise<StepResult> {
  const step = { ...DEFAULTS, ...changes };
  const run = new StepRun(step, { callers, pool: { next: () => MESSAGE }, clock, random: () => 0 });
  const { shape } = step;
  const send: StepRun['send'] = (atMs, isCounted) => run.send(atMs, isCounted);
  const measure = async (): Promise<StepResult> => {
    const window =
      shape.loop === 'closed'
        ? await closedLoop(step, shape.inFlight, clock, send)
        : await openLoop(step, constantArrivals(RATE), clock, (...args) => void send(...args));
    await run.drain();
    return run.result(window);
  };
  return clock.run(measure());
}
