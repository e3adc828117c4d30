import { inspect } from 'node:util';
import { status } from './status-code.js';
import { GrpcStatusError } from './grpc-status.js';

/** Longest delay of a timer in Node, milliseconds (24.8 days). `setTimeout` fires after 1 ms for any longer delay. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
/**
 * Longest timeout of a call, 24 days in milliseconds. grpc-js (1.14), as client and as server, passes the time until a deadline
 * to `setTimeout` unchecked, so a call with a deadline of 25 days fails at once. The bug is in grpc-js. The value is below
 * LONGEST_TIMER_MS because the header grpc-timeout rounds it up.
 */
export const LONGEST_TIMEOUT_MS = 24 * 86_400_000;

/**
 * Checks the timeout of a caller.
 * @param timeoutMs milliseconds, with fractions; 0 or less: already passed; undefined or Infinity: no limit
 * @returns undefined for no limit; a finite number is at most LONGEST_TIMEOUT_MS
 * @throws GrpcStatusError INVALID_ARGUMENT for NaN and for anything but a number
 */
export function checkTimeout(timeoutMs: number | undefined): number | undefined {
  if (timeoutMs === undefined || timeoutMs === Infinity) return undefined;
  if (typeof timeoutMs === 'number' && !Number.isNaN(timeoutMs))
    return Math.min(timeoutMs, LONGEST_TIMEOUT_MS);
  const seen =
    typeof timeoutMs === 'number'
      ? 'NaN'
      : `${typeof timeoutMs} ${inspect(timeoutMs, { depth: 0, breakLength: Infinity })}`;
  const expected = 'expected a number of milliseconds, or Infinity for no limit';
  throw new GrpcStatusError(status.INVALID_ARGUMENT, `timeoutMs: ${seen}, ${expected}`);
}
