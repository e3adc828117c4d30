/** Types of a tweet, by name; the numbers are those of pairstream.v1.TweetType. */
export const TweetType = { TOP_LEVEL: 1, RETWEET: 2, QUOTE: 3 } as const;

/** Number of a tweet type. */
export type TweetType = (typeof TweetType)[keyof typeof TweetType];

/** Name of a tweet type. */
export type TweetTypeName = keyof typeof TweetType;

/** Kinds of attached media, by name; the numbers are those of pairstream.v1.Media. */
export const Media = { PHOTO: 1, VIDEO: 2, GIF: 3 } as const;

/** Number of a media kind. */
export type Media = (typeof Media)[keyof typeof Media];

/** Name of a media kind. */
export type MediaName = keyof typeof Media;

/** Replaces the names in a column by their numbers. @param codes number by name; an unknown name becomes 0, unspecified */
export function toCodes(
  column: readonly (number | string)[],
  codes: Readonly<Record<string, number>>,
): readonly number[] {
  return Array.from(column, (value) => (typeof value === 'number' ? value : (codes[value] ?? 0)));
}
