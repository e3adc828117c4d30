import { ENUM_NUMBER } from './wire/generated/fields.js';

/** Types of a tweet, by name; the numbers are those of pairstream.v1.TweetType. */
export const TweetType = {
  TOP_LEVEL: ENUM_NUMBER.TweetType.TWEET_TYPE_TOP_LEVEL,
  RETWEET: ENUM_NUMBER.TweetType.TWEET_TYPE_RETWEET,
  QUOTE: ENUM_NUMBER.TweetType.TWEET_TYPE_QUOTE,
} as const;

/** Number of a tweet type. */
export type TweetType = (typeof TweetType)[keyof typeof TweetType];

/** Name of a tweet type. */
export type TweetTypeName = keyof typeof TweetType;

/** Kinds of attached media, by name; the numbers are those of pairstream.v1.Media. */
export const Media = {
  PHOTO: ENUM_NUMBER.Media.MEDIA_PHOTO,
  VIDEO: ENUM_NUMBER.Media.MEDIA_VIDEO,
  GIF: ENUM_NUMBER.Media.MEDIA_GIF,
} as const;

/** Number of a media kind. */
export type Media = (typeof Media)[keyof typeof Media];

/** Name of a media kind. */
export type MediaName = keyof typeof Media;

/** Kinds of events, by name; the numbers are those of pairstream.v1.EventKind. */
export const EventKind = {
  IMPRESSION: ENUM_NUMBER.EventKind.EVENT_KIND_IMPRESSION,
  REPLY: ENUM_NUMBER.EventKind.EVENT_KIND_REPLY,
  RETWEET: ENUM_NUMBER.EventKind.EVENT_KIND_RETWEET,
  QUOTE: ENUM_NUMBER.EventKind.EVENT_KIND_QUOTE,
  LIKE: ENUM_NUMBER.EventKind.EVENT_KIND_LIKE,
} as const;

/** Number of an event kind. */
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** Name of an event kind. */
export type EventKindName = keyof typeof EventKind;

/** Replaces the names in a column by their numbers. @param codes number by name; an unknown name becomes 0, unspecified */
export function toCodes(
  column: readonly (number | string)[],
  codes: Readonly<Record<string, number>>,
): readonly number[] {
  return Array.from(column, (value) => (typeof value === 'number' ? value : (codes[value] ?? 0)));
}
