/** The four engagements that are predicted, always in this order. */
export const TARGETS = ['reply', 'retweet', 'quote', 'like'] as const;

/** One of the four engagements. */
export type Target = (typeof TARGETS)[number];

/** Number of targets. */
export const TARGET_COUNT = TARGETS.length;
