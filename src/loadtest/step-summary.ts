import { type LoadStep, nameOfShape } from './load-settings.js';
import type { StepResult } from './result/step-result.js';
import type { TallyResult } from './result/tally.js';

/**
 * Result of a measurement.
 * @param elapsedS counted time, seconds
 * @param doubled responses without an open message
 */
export function summarise(
  { shape, transport, timeoutMs, shares }: LoadStep,
  elapsedS: number,
  counts: TallyResult,
  doubled: number,
  tool: StepResult['tool'],
): StepResult {
  const shareSum = shares.reduce((sum, share) => sum + share, 0);
  return {
    name: nameOfShape(shape),
    loop: shape.loop,
    transport,
    arrivals: shape.loop === 'open' ? shape.arrivals : null,
    targetMessagesPerS: 'messagesPerS' in shape ? shape.messagesPerS : null,
    inFlight: shape.loop === 'closed' ? shape.inFlight : null,
    timeoutMs: timeoutMs ?? null,
    elapsedS,
    ...counts,
    offered: ratesOf(counts.arrived, elapsedS),
    goodput: ratesOf(counts.inTime, elapsedS),
    doubled,
    byCaller: counts.byCaller.map((group) => ({ ...group, share: (shares[group.caller] ?? 0) / shareSum })),
    tool,
  };
}

/** Rates of counts; 0 if no time has passed, as with a single replayed arrival. */
function ratesOf({ messages, pairs }: StepResult['arrived'], elapsedS: number): StepResult['offered'] {
  if (elapsedS <= 0) return { messagesPerS: 0, pairsPerS: 0 };
  return { messagesPerS: messages / elapsedS, pairsPerS: pairs / elapsedS };
}
