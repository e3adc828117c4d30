import { constantArrivals, poissonArrivals, replayedArrivals } from './arrivals/arrival-times.js';
import { closedLoop } from './closed-loop.js';
import type { Clock } from './clock.js';
import type { LoadShape, LoadStep } from './load-settings.js';
import type { MessagePool } from './messages/message-pool.js';
import { type LoadWindowOnClock, openLoop } from './open-loop.js';
import type { StepResult } from './result/step-result.js';
import { StepRun } from './step-run.js';
import { Callers } from './transport/callers.js';
import { seededRandom } from './seeded-random.js';

/** Environment of a measurement. */
export interface LoadContext {
  readonly pool: MessagePool;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Called at the start with the run, whose counts grow. */
  readonly onStart?: (run: StepRun) => void;
}

/**
 * Runs one measurement.
 * @throws ServerError UNAVAILABLE if the gateway cannot be reached
 * @throws AbortError after the signal
 */
export async function runLoadStep(step: LoadStep, context: LoadContext): Promise<StepResult> {
  const { clock, pool, signal } = context;
  let run: StepRun | undefined;
  using callers = await Callers.connect(step, () => run?.noteDoubled());
  const random = seededRandom(step.seed);
  run = new StepRun(step, { callers, pool, clock, random });
  context.onStart?.(run);
  const window = await sendAll(step, run, clock, signal);
  await run.drain(signal);
  return run.result(window);
}

function sendAll(
  step: LoadStep,
  run: StepRun,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<LoadWindowOnClock> {
  const { shape } = step;
  if (shape.loop === 'closed')
    return closedLoop(step, shape.inFlight, clock, (nowMs, isCounted) => run.send(nowMs, isCounted), signal);
  const sendAt = (intendedMs: number, isCounted: boolean): void => void run.send(intendedMs, isCounted);
  return openLoop(step, arrivalsOf(shape, step.seed), clock, sendAt, signal);
}

function arrivalsOf(shape: LoadShape & { loop: 'open' }, seed: number): Iterable<number> {
  if (shape.arrivals === 'replay') return replayedArrivals(shape.timesS, shape.speed);
  if (shape.arrivals === 'constant') return constantArrivals(shape.messagesPerS);
  return poissonArrivals(shape.messagesPerS, seededRandom(~seed));
}
