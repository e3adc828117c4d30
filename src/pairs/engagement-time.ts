import { CLOCK_SKEW_S, DAY_S, isUnixTime, LATEST_TIME_S, unitHint } from './unix-time.js';

/**
 * Longest time from a tweet to an engagement, seconds: ten years. Larger values are the largest number of some type, put where
 * nobody engaged (2147483647, 4294967295).
 */
const LONGEST_DELAY_S = 10 * 365 * DAY_S;
const EXPECTED = 'expected the Unix time of the engagement in seconds, or nothing where there was none';

/**
 * Explains an engagement time that cannot be one. Files whose labels are flags (0 and 1), -1 for "none" or milliseconds would
 * otherwise say that everyone engaged.
 * @param timeS time of the engagement as it was read
 * @param tweetS time of the tweet, Unix seconds
 * @returns undefined for a time from the tweet's own, less the clock skew, to ten years later. A tweet whose own time is none is
 *   not compared with: the check of the row names that time.
 */
export function engagementProblem(timeS: number, tweetS: number): string | undefined {
  if (timeS === 0 || timeS === 1)
    return `${timeS} is a flag, ${EXPECTED}: leave it empty for 0, and put the time in for 1`;
  if (timeS < 0) return `${timeS}, ${EXPECTED}: leave it empty for ${timeS}`;
  if (timeS > LATEST_TIME_S) return `${timeS}${unitHint(timeS)}, ${EXPECTED}`;
  if (!isUnixTime(tweetS)) return undefined;
  if (timeS > tweetS + LONGEST_DELAY_S)
    return `${timeS} is more than ten years after the tweet (${tweetS}), ${EXPECTED}`;
  if (timeS < tweetS - CLOCK_SKEW_S) return `${timeS} is before the tweet (${tweetS}), ${EXPECTED}`;
  return undefined;
}
