import { PairstreamError } from '../errors/pairstream-error.js';
import type { InferenceContext } from './backend.js';

/** Error of a call whose caller cancelled. */
function cancelled(): PairstreamError {
  return new PairstreamError('CANCELLED', 'the caller cancelled');
}

/** Error of a call whose deadline passed before its rows were computed. */
function deadlinePassed(): PairstreamError {
  return new PairstreamError('DEADLINE_EXCEEDED', 'the deadline passed before the model ran');
}

/** Checks that a call may still run. @throws PairstreamError CANCELLED, DEADLINE_EXCEEDED */
export function requireTime({ signal, deadlineMs }: InferenceContext): void {
  if (signal.aborted) throw cancelled();
  if (performance.now() >= deadlineMs) throw deadlinePassed();
}

/** Longest delay of a timer in Node, milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls back once, with the error, when the caller cancels or the deadline passes. For calls that wait.
 * @returns stops the listening; must be called when the wait ends, and may be called again
 */
export function whenTimeIsUp(
  { signal, deadlineMs }: InferenceContext,
  callback: (error: PairstreamError) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signal.removeEventListener('abort', cancel);
    clearTimeout(timer);
  };
  const end = (error: PairstreamError): void => {
    stop();
    callback(error);
  };
  const cancel = (): void => end(cancelled());
  signal.addEventListener('abort', cancel, { once: true });
  const timeoutMs = Math.max(0, deadlineMs - performance.now());
  if (timeoutMs <= LONGEST_TIMER_MS) timer = setTimeout(() => end(deadlinePassed()), timeoutMs);
  return stop;
}
