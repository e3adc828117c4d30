import type { ErrorCode } from '../../errors/catalogue.js';

/** Why one pair of a message has no probabilities. */
export interface RowFailure {
  readonly pairIndex: number;
  readonly code: ErrorCode;
  /** The field, the value seen and what was expected. */
  readonly message: string;
}
