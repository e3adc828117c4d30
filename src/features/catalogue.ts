import type { FeatureDefinition } from './feature-definition.js';
import { PAIR_FEATURES } from './pair-features.js';
import { STATISTICS_VIEWS } from './statistics-views.js';
import { TWEET_FEATURES } from './tweet-features.js';

/** Every feature: those of the tweet, of the pair, and of statistics. */
export const CATALOGUE: readonly FeatureDefinition[] = joinFeatures(
  TWEET_FEATURES,
  PAIR_FEATURES,
  STATISTICS_VIEWS.flatMap(({ definitions }) => definitions),
);

/** One list of several. @throws RangeError for a name that is declared twice */
export function joinFeatures(...lists: readonly (readonly FeatureDefinition[])[]): FeatureDefinition[] {
  const features = lists.flat();
  const names = features.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RangeError(`feature ${twice} is declared twice, expected once`);
  return features;
}
