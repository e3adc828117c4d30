/** Components that are parts of the text. They are computed only if a key needs them, see TextScope. */
export const TEXT_COMPONENTS = [
  'second word',
  'first mention',
  'second mention',
  'third mention',
  'retweeted user',
  'body',
] as const;

/**
 * Components of keys, for statistics and index maps. A component is a 64-bit number in two signed lanes, low first: a hash, or a
 * code, flag or count as a whole number. Components of the tweet come first. One array holds the components of one pair.
 */
export const TWEET_COMPONENTS = [
  'author',
  'language',
  'first word',
  'tweet type',
  'media code',
  'tweet',
  'link domain',
  'verified author',
  'last marks',
  'popularity group',
  'follower bucket of the author',
  'following bucket of the author',
  ...TEXT_COMPONENTS,
] as const;

/** Components that the reader brings. */
export const PAIR_COMPONENTS = [
  'reader',
  'verified reader',
  'follower bucket of the reader',
  'following bucket of the reader',
  'author follows reader',
] as const;

/** Name of a component, as the reference page has it. */
export type Component = (typeof TWEET_COMPONENTS)[number] | (typeof PAIR_COMPONENTS)[number];

const COMPONENTS: readonly Component[] = [...TWEET_COMPONENTS, ...PAIR_COMPONENTS];

/** Lanes of the components of a tweet. */
export const TWEET_COMPONENT_LANES = 2 * TWEET_COMPONENTS.length;

/** Lanes of all components of a pair. */
export const COMPONENT_LANES = 2 * COMPONENTS.length;

/** Position of the low lane of a component. The high lane follows it. */
export function laneOf(component: Component): number {
  return 2 * COMPONENTS.indexOf(component);
}

/** Text components that are computed for a tweet: none, mentions and the retweeted user, or all of TEXT_COMPONENTS. */
export type TextScope = 'none' | 'mentions' | 'all';

/** The smallest scope that has all text components among `components`. */
export function textScopeOf(components: readonly Component[]): TextScope {
  if (components.includes('body') || components.includes('second word')) return 'all';
  const ofText: readonly Component[] = TEXT_COMPONENTS;
  return components.some((component) => ofText.includes(component)) ? 'mentions' : 'none';
}

const TWO_32 = 2 ** 32;

/** Writes a hash. */
export function setHash(lanes: Int32Array, at: number, lo: number, hi: number): void {
  lanes[at] = lo;
  lanes[at + 1] = hi;
}

/** Writes a whole number of 0 or more. */
export function setNumber(lanes: Int32Array, at: number, value: number): void {
  lanes[at] = value;
  lanes[at + 1] = value / TWO_32;
}
