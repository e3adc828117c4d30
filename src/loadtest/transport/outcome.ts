import { ServerError } from '@pairstream/client';
import { status } from '@pairstream/grpc-channel';
import type { ResponseOutline } from '../messages/response-outline.js';

/** Outcome of one message. */
export type Outcome = Answer | Refusal | Loss;

/** The gateway scored the message. */
export interface Answer {
  readonly kind: 'answered';
  /** Pairs with probabilities. */
  readonly scoredPairCount: number;
  readonly failedPairCount: number;
  /** Empty if no pair was scored. */
  readonly rung: string;
  readonly isMissingModels: boolean;
}

/** The message ended with an error: of the gateway, or of the deadline of its call. */
export interface Refusal {
  readonly kind: 'refused';
  /** Name of a gRPC status, for instance RESOURCE_EXHAUSTED. */
  readonly status: string;
  /** Reason of the error details, for instance BUSY; undefined if the error has no details. */
  readonly reason: string | undefined;
  /** Delay that the gateway asks for, milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** No response came. */
export interface Loss {
  readonly kind: 'lost';
  readonly problem: string;
}

/** Outcome of a response. @param pairCount pairs of its message */
export function outcomeOfOutline(outline: ResponseOutline, pairCount: number): Outcome {
  const { refusal, failedPairCount, rung, missingModelCount } = outline;
  if (refusal !== undefined) {
    const { code, reason, retryAfterMs } = refusal;
    return { kind: 'refused', status: status[code] ?? `code ${code}`, reason, retryAfterMs };
  }
  if (outline.pairCount !== pairCount) return MALFORMED;
  return {
    kind: 'answered',
    scoredPairCount: pairCount - failedPairCount,
    failedPairCount,
    rung,
    isMissingModels: missingModelCount > 0,
  };
}

/** A response that is no PredictResponse, or has another number of pairs than its message. */
export const MALFORMED: Refusal = {
  kind: 'refused',
  status: 'INTERNAL',
  reason: 'MALFORMED_RESPONSE',
  retryAfterMs: undefined,
};

/** The deadline of a message passed before the load test could send it. */
export const UNSENT_LATE: Refusal = {
  kind: 'refused',
  status: 'DEADLINE_EXCEEDED',
  reason: 'BEFORE_SENDING',
  retryAfterMs: undefined,
};

/** Outcome of a call that failed. */
export function outcomeOfError(error: unknown): Refusal | Loss {
  if (!(error instanceof ServerError))
    return { kind: 'lost', problem: error instanceof Error ? error.message : String(error) };
  const { codeName, reason, retryAfterMs } = error;
  return { kind: 'refused', status: codeName, reason, retryAfterMs };
}
