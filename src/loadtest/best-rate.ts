import type { StepResult } from './result/step-result.js';

/** The best closed loop of a search. */
export interface BestRate {
  readonly inFlight: number;
  /** Answers in time per second. */
  readonly messagesPerS: number;
  readonly pairsPerS: number;
}

/** More messages in flight must raise the rate by this factor, or the search ends. */
const LEAST_GAIN = 1.05;
const MAX_IN_FLIGHT = 256;

/**
 * Searches the number of messages in flight with the best rate: 1, 2, 4, and so on, until the rate no longer rises by 5 %.
 * @param least messages in flight of the first closed loop
 * @param measure runs a closed loop
 */
export async function findBestRate(
  least: number,
  measure: (inFlight: number) => Promise<StepResult>,
): Promise<BestRate> {
  let best: BestRate | undefined;
  for (let inFlight = least; ; inFlight *= 2) {
    const { goodput } = await measure(inFlight);
    const isBetter = best === undefined || goodput.messagesPerS > best.messagesPerS;
    const isMuchBetter =
      goodput.messagesPerS > 0 && goodput.messagesPerS >= LEAST_GAIN * (best?.messagesPerS ?? 0);
    if (isBetter) best = { inFlight, ...goodput };
    if (best !== undefined && (!isMuchBetter || inFlight * 2 > MAX_IN_FLIGHT)) return best;
  }
}
