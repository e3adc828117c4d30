/** Length of a day, seconds. */
export const DAY_S = 86_400;

/** Largest time that is accepted, Unix seconds: times are kept as unsigned 32-bit numbers beside the statistics. */
export const LATEST_TIME_S = 0xff_ff_ff_ff;

/** True for a time that is accepted: Unix seconds from 0 to LATEST_TIME_S, fractions included. */
export function isUnixTime(value: number): boolean {
  return value >= 0 && value <= LATEST_TIME_S;
}

/**
 * Maximum difference of two clocks, seconds. An account created at most this long after the tweet has age 0. A larger contradiction
 * between two times is refused.
 */
export const CLOCK_SKEW_S = 300;

const UNITS: readonly { readonly from: number; readonly name: string; readonly perSecond: number }[] = [
  { from: 1e17, name: 'nanoseconds', perSecond: 1e9 },
  { from: 1e14, name: 'microseconds', perSecond: 1e6 },
  { from: 1e11, name: 'milliseconds', perSecond: 1e3 },
];

/**
 * The unit that a number too large for Unix seconds is likely in, with the seconds it then stands for, to be put behind the
 * value in an error: ` (milliseconds? 1614125083 in seconds)`.
 * @returns empty text when no unit makes a time of our days of it
 */
export function unitHint(value: number): string {
  const unit = UNITS.find(({ from }) => value >= from);
  if (unit === undefined) return '';
  const seconds = Math.floor(value / unit.perSecond);
  return seconds > LATEST_TIME_S ? '' : ` (${unit.name}? ${seconds} in seconds)`;
}
