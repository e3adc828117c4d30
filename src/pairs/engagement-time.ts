import { CLOCK_SKEW_S, LATEST_TIME_S, unitHint } from './unix-time.js';

const EXPECTED = 'expected the Unix time of the engagement in seconds, or nothing where there was none';

/**
 * Explains an engagement time that cannot be one. Files whose labels are flags (0 and 1), -1 for "none" or milliseconds would
 * otherwise say that everyone engaged.
 * @param timeS time of the engagement as it was read
 * @param tweetS time of the tweet, Unix seconds
 * @returns undefined for a time at the tweet's own or later; by less than the clock skew it may also be earlier
 */
export function engagementProblem(timeS: number, tweetS: number): string | undefined {
  if (timeS === 0 || timeS === 1)
    return `${timeS} is a flag, ${EXPECTED}: leave it empty for 0, and put the time in for 1`;
  if (timeS < 0) return `${timeS}, ${EXPECTED}: leave it empty for ${timeS}`;
  if (timeS > LATEST_TIME_S) return `${timeS}${unitHint(timeS)}, ${EXPECTED}`;
  if (timeS < tweetS - CLOCK_SKEW_S) return `${timeS} is before the tweet (${tweetS}), ${EXPECTED}`;
  return undefined;
}
