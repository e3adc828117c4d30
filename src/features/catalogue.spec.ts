import { describe, expect, it } from 'vitest';
import { CATALOGUE, joinFeatures } from './catalogue.js';
import { PAIR_FEATURES } from './pair-features.js';
import { TWEET_FEATURES } from './tweet-features.js';

describe('joinFeatures', () => {
  it('refuses a name that is declared twice, in one list or in two', () => {
    const [first] = PAIR_FEATURES;
    expect(() => joinFeatures(TWEET_FEATURES, [...PAIR_FEATURES, first!])).toThrow(
      'feature a_follows_b is declared twice',
    );
    expect(() => joinFeatures(TWEET_FEATURES, PAIR_FEATURES, TWEET_FEATURES)).toThrow(
      'feature a_follower_count is declared twice',
    );
  });

  it('keeps the order of the lists', () => {
    expect(joinFeatures(TWEET_FEATURES, PAIR_FEATURES)).toEqual(
      CATALOGUE.slice(0, TWEET_FEATURES.length + PAIR_FEATURES.length),
    );
  });
});
