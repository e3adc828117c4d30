import { PairstreamError } from '../errors/pairstream-error.js';
import type { InferenceContext } from './backend.js';

/** Error of a call whose caller cancelled. */
export function cancelled(): PairstreamError {
  return new PairstreamError('CANCELLED', 'the caller cancelled');
}

/** Error of a call whose deadline passed before its rows were computed. */
export function deadlinePassed(): PairstreamError {
  return new PairstreamError('DEADLINE_EXCEEDED', 'the deadline passed before the model ran');
}

/** Checks that a call may still run. @throws PairstreamError CANCELLED, DEADLINE_EXCEEDED */
export function requireTime({ signal, deadlineMs }: InferenceContext): void {
  if (signal.aborted) throw cancelled();
  if (performance.now() >= deadlineMs) throw deadlinePassed();
}
