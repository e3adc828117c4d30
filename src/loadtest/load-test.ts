import { type BestRate, findBestRate } from './best-rate.js';
import type { LoadShape, LoadStep } from './load-settings.js';
import { type LoadContext, runLoadStep } from './load-step.js';
import { meanPairCount, type SizeShare } from './messages/message-mix.js';
import type { StepResult } from './result/step-result.js';

/** Rate of one open loop: absolute, or a multiple of the best rate of a closed loop. */
export interface PlannedRate {
  readonly unit: 'messages/s' | 'pairs/s' | 'x';
  /** More than 0. */
  readonly value: number;
}

/** Measurements of a load test, in order. */
export interface LoadPlan {
  /** Settings of all measurements. */
  readonly common: Omit<LoadStep, 'shape'>;
  readonly mix: readonly SizeShare[];
  /** True: search the best rate of closed loops first. */
  readonly findsBest: boolean;
  /** One measurement each. */
  readonly shapes: readonly (LoadShape | RatedShape)[];
}

/** An open loop at a planned rate. */
export interface RatedShape {
  readonly loop: 'open';
  readonly arrivals: 'poisson' | 'constant';
  readonly rate: PlannedRate;
}

/** Results of a load test. */
export interface LoadTestResult {
  readonly best: BestRate | undefined;
  readonly steps: readonly StepResult[];
}

/** Longest warm-up and counted time of a closed loop of the search, milliseconds. */
const SEARCH_WARM_UP_MS = 1_000;
const SEARCH_MS = 4_000;

/**
 * Runs the measurements of a plan, one after another.
 * @throws as runLoadStep
 */
export async function runLoadTest(plan: LoadPlan, context: LoadContext): Promise<LoadTestResult> {
  const steps: StepResult[] = [];
  const run = async (step: LoadStep): Promise<StepResult> => {
    const result = await runLoadStep(step, context);
    steps.push(result);
    return result;
  };
  const { common } = plan;
  const search = {
    ...common,
    warmUpMs: Math.min(common.warmUpMs, SEARCH_WARM_UP_MS),
    durationMs: Math.min(common.durationMs, SEARCH_MS),
  };
  const best = plan.findsBest
    ? await findBestRate(common.shares.length, (inFlight) =>
        run({ ...search, shape: { loop: 'closed', inFlight } }),
      )
    : undefined;
  for (const shape of plan.shapes) await run({ ...common, shape: resolved(shape, plan.mix, best) });
  return { best, steps };
}

function resolved(
  shape: LoadShape | RatedShape,
  mix: readonly SizeShare[],
  best: BestRate | undefined,
): LoadShape {
  if (!('rate' in shape)) return shape;
  const { loop, arrivals, rate } = shape;
  return { loop, arrivals, messagesPerS: messagesPerS(rate, mix, best) };
}

/** @throws RangeError for a multiple without a best rate */
function messagesPerS(
  { unit, value }: PlannedRate,
  mix: readonly SizeShare[],
  best: BestRate | undefined,
): number {
  if (unit === 'messages/s') return value;
  if (unit === 'pairs/s') return value / meanPairCount(mix);
  if (best === undefined) throw new RangeError('a multiple of the best rate needs findsBest');
  return value * best.messagesPerS;
}
