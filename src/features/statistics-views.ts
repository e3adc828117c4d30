import { type HorizonName, SMOOTHING_WEIGHT } from '../statistics/statistics-tables.js';
import { TARGET_COUNT, TARGETS } from '../pairs/targets.js';
import type { FeatureDefinition } from './feature-definition.js';
import { KEY_SETS, type KeySet, keySetOf } from './key-sets.js';

/** Values that a view computes from count and sums: smoothed rates of the four targets, the four sums, or the count. */
export type ViewKind = 'rates' | 'sums' | 'count';

/** Features that are computed from the records of one statistics table. They are not stored. */
export interface StatisticsView {
  readonly kind: ViewKind;
  /** Key set of the looked-up key. */
  readonly keySet: KeySet;
  /** Name of the table of the look-up: the key set's own table, except for switched views. */
  readonly table: string;
  readonly horizon: HorizonName;
  /** One for each target, or one for the count. */
  readonly definitions: readonly FeatureDefinition[];
}

/** Why every target encoding differs from the published one. */
export const ENCODING_REASON =
  'decayed in event time instead of a fixed period; keyed by 64-bit hashes instead of the last 32 bits of user ids; kept as a float instead of an 8-bit step (a quote rate of 0.7 % has no room in it), or of three decimals; keys seen once are kept; learned causally instead of out of fold or leaving one out';

/** Why raw statistics differ, beside ENCODING_REASON. */
export const RAW_REASON =
  'decayed in event time, so no whole number; 0 where nothing is known, instead of -999 or a missing value';

/** Why count encodings differ. */
export const COUNT_REASON =
  'published as the number of rows of the scored file with the same key, which knows the future; here the impressions of the past, of half the worth every two days; 0 where there were none, instead of 1 or 1,000,000';

const SWITCH_REASON = `${ENCODING_REASON}; both published switched encodings are this one`;

interface ViewText {
  readonly prefix: string;
  readonly published: string;
  /** True if the published name is that of the table, not that of the key set. */
  readonly isPublishedByTable?: boolean;
  readonly meaning: (keySet: KeySet) => string;
  readonly reason: string;
}

const OF_THE_SAME = ({ components }: KeySet): string => `of the same ${components.join(', ')}`;

const SMOOTHED: ViewText = {
  prefix: 'te_',
  published: 'TE_',
  meaning: (keySet) => `smoothed, decayed TARGET rate ${OF_THE_SAME(keySet)}`,
  reason: ENCODING_REASON,
};
const RECENT: ViewText = {
  prefix: 'te_recent_',
  published: 'TE_valid_',
  meaning: (keySet) => `smoothed TARGET rate ${OF_THE_SAME(keySet)} in the last days`,
  reason: `${ENCODING_REASON}; the published table is of the scored week, later events of the same week included`,
};
const SWITCHED: ViewText = {
  prefix: 'te_switch_',
  published: 'TE_switch_',
  meaning: ({ name }) =>
    name === 'a_user_id'
      ? 'smoothed, decayed TARGET rate of the author as a reader'
      : 'smoothed, decayed TARGET rate of the reader as an author',
  reason: SWITCH_REASON,
};
const SUMS: ViewText = {
  prefix: 'sum_',
  published: 'sums_',
  meaning: (keySet) => `decayed number of TARGET engagements ${OF_THE_SAME(keySet)}`,
  reason: RAW_REASON,
};
const COUNTS: ViewText = {
  prefix: 'count_',
  published: 'counts_',
  meaning: (keySet) => `decayed number of impressions ${OF_THE_SAME(keySet)}`,
  reason: RAW_REASON,
};
const RECENT_COUNTS: ViewText = {
  prefix: 'ce_',
  published: 'CE_',
  meaning: (keySet) => `decayed number of impressions ${OF_THE_SAME(keySet)} in the last days`,
  reason: COUNT_REASON,
};
const SWITCHED_COUNTS: ViewText = {
  prefix: 'ce_switch_',
  published: 'CE2_',
  isPublishedByTable: true,
  meaning: ({ name }) =>
    name === 'a_user_id'
      ? 'decayed number of impressions the author had as a reader in the last days'
      : 'decayed number of impressions the tweets of the reader had in the last days',
  reason: COUNT_REASON,
};

/** A published key set under its published name: two are named otherwise here, because one name said the opposite. */
function publishedName(name: string): string {
  return name.replaceAll('a_follows_b', 'b_follows_a');
}

function view(
  kind: ViewKind,
  text: ViewText,
  name: string,
  horizon: HorizonName,
  table = name,
): StatisticsView {
  const keySet = keySetOf(name);
  const define = (suffix: string, published: string, meaning: string): FeatureDefinition => ({
    name: `${text.prefix}${name}${suffix}`,
    rowSpace: keySet.rowSpace,
    kind: 'float',
    meaning,
    published: `${text.published}${publishedName(text.isPublishedByTable ? table : name)}${published}`,
    fidelity: 'changed',
    reason: text.reason,
  });
  const meaning = text.meaning(keySet);
  const definitions =
    kind === 'count'
      ? [define('', '', meaning)]
      : TARGETS.map((target) =>
          define(
            `_${target}`,
            `_${target === 'quote' ? 'retweet_comment' : target}`,
            meaning.replace('TARGET', target),
          ),
        );
  return { kind, keySet, table, horizon, definitions };
}

/** The ten key sets of the first model, which the fourth has again in the recent horizon, and counts of. */
const FIRST_KEY_SETS = KEY_SETS.slice(0, 10).map(({ name }) => name);
const RECENT_KEY_SETS = [...FIRST_KEY_SETS, 'tweet_id'];
/** Key sets of the second model and the second net that the first has not. */
const SECOND_KEY_SETS = [
  'domains_language_a_follows_b_tweet_type_media_a_is_verified',
  'tw_original_user0_tweet_type_language',
  'tw_original_user1_tweet_type_language',
  'media_tweet_type_language_a_is_verified_b_is_verified_a_follows_b',
  'b_is_verified_tweet_type',
];
/** Key sets of the third model, which reads them raw. */
const RAW_KEY_SETS = [
  'a_user_id_tweet_type',
  'b_user_id_tweet_type',
  'b_user_id',
  'tw_rt_user0',
  'tw_original_user0_tweet_type',
  'tw_original_user1_tweet_type',
  'tw_word0_tweet_type',
  'follow_buckets',
  'context',
];
const COUNTED_KEY_SETS = RECENT_KEY_SETS.filter((name) => name !== 'tweet_type');

/** Every view, by the model that brought it. */
export const STATISTICS_VIEWS: readonly StatisticsView[] = [
  ...[...FIRST_KEY_SETS, ...SECOND_KEY_SETS].map((name) => view('rates', SMOOTHED, name, 'long')),
  ...RAW_KEY_SETS.flatMap((name) => [view('sums', SUMS, name, 'long'), view('count', COUNTS, name, 'long')]),
  ...RECENT_KEY_SETS.map((name) => view('rates', RECENT, name, 'recent')),
  view('rates', SWITCHED, 'a_user_id', 'long', 'b_user_id'),
  view('rates', SWITCHED, 'b_user_id', 'long', 'a_user_id'),
  ...COUNTED_KEY_SETS.map((name) => view('count', RECENT_COUNTS, name, 'recent')),
  view('count', SWITCHED_COUNTS, 'a_user_id', 'recent', 'b_user_id'),
  view('count', SWITCHED_COUNTS, 'b_user_id', 'recent', 'a_user_id'),
];

/**
 * Writes smoothed rates, (sum + w prior) / (count + w) with w = SMOOTHING_WEIGHT, as published.
 * @param state values of horizons, as StatisticsTable.readHorizons gives them
 * @param stateAt position of the view's horizon in `state`: impressions, then engagements by target
 * @param priors by target, which rates of few impressions are near
 */
export function writeRates(
  state: Float64Array,
  stateAt: number,
  priors: Float64Array,
  out: Float32Array,
  at: number,
): void {
  const weight = state[stateAt]! + SMOOTHING_WEIGHT;
  for (let t = 0; t < TARGET_COUNT; t += 1)
    out[at + t] = (state[stateAt + 1 + t]! + SMOOTHING_WEIGHT * priors[t]!) / weight;
}

/** Writes the sums of a view. Parameters as for `writeRates`. */
export function writeSums(state: Float64Array, stateAt: number, out: Float32Array, at: number): void {
  for (let t = 0; t < TARGET_COUNT; t += 1) out[at + t] = state[stateAt + 1 + t]!;
}
