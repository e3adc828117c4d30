import { LONGEST_TIMER_MS } from '@pairstream/grpc-channel';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/**
 * Waits for work that cannot be stopped, for at most as long as the caller waits. The work itself goes on.
 * @param deadlineMs on the clock of performance.now(); Infinity: no deadline
 * @param outcome what may still happen, for the error: ends a sentence
 * @throws PairstreamError DEADLINE_EXCEEDED, CANCELLED, or the error of the work
 */
export async function beforeDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  signal: AbortSignal,
  outcome: string,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = (): void => reject(new PairstreamError('CANCELLED', 'the caller cancelled'));
  const leftMs = Math.min(LONGEST_TIMER_MS, Math.max(0, deadlineMs - performance.now()));
  const timer = setTimeout(
    () => reject(new PairstreamError('DEADLINE_EXCEEDED', `the deadline passed: ${outcome}`)),
    leftMs,
  );
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return await Promise.race([work, promise]).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  });
}
