import { WORLD_CONSTANTS } from './constants.js';
import { Random } from './random.js';

const STREAM = 21;

/** Hotness of topics and authors on a day: standard normal, with small changes from day to day. */
export interface Hotness {
  readonly topic: Float64Array;
  readonly author: Float64Array;
}

/**
 * Hotness on a day: an autoregression that starts in its stationary distribution on day 0 and is computed up to `day`. This is
 * cheap, so any day can be generated without the days before it.
 */
export function walkHotness(seed: number, day: number, topicCount: number, authorCount: number): Hotness {
  const { keep } = WORLD_CONSTANTS.drift;
  const renew = Math.sqrt(1 - keep * keep);
  const hotness = { topic: new Float64Array(topicCount), author: new Float64Array(authorCount) };
  for (let d = 0; d <= day; d += 1) {
    const random = new Random(seed, STREAM, d);
    for (const values of [hotness.topic, hotness.author]) {
      for (let i = 0; i < values.length; i += 1) {
        values[i] = d === 0 ? random.normal() : keep * values[i]! + renew * random.normal();
      }
    }
  }
  centre(hotness.topic);
  return hotness;
}

/** Subtracts the day's mean, so that a day does not raise or lower all tweets. */
function centre(values: Float64Array): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  values.forEach((value, i) => (values[i] = value - mean));
}
