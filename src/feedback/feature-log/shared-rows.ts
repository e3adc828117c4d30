import { CATALOGUE } from '../../features/catalogue.js';
import { TOKENS_PER_ROW } from '../../features/feature-file-contract.js';
import { KEYS } from '../../features/keys.js';
import { TARGET_COUNT } from '../../pairs/targets.js';

/** Places of the values of a row, in words of 4 bytes. Times and follower counts take two words. */
export const ROW = {
  asOfS: 0,
  authorFollowerCount: 2,
  /** Low and high lane. */
  pairId: 4,
  /** Reply, retweet, quote, like. */
  probabilities: 6,
  features: 6 + TARGET_COUNT,
  /** Low and high lane of KEYS. */
  keys: 6 + TARGET_COUNT + CATALOGUE.length,
  tokens: 6 + TARGET_COUNT + CATALOGUE.length + 2 * KEYS.length,
} as const;

/** Words from one row to the next; even, for the values of two words. */
export const ROW_WORDS = 2 * Math.ceil((ROW.tokens + TOKENS_PER_ROW) / 2);

/** Bytes of a row. */
export const ROW_BYTES = 4 * ROW_WORDS;

/** Rows in shared memory: the serving thread writes a row, the thread of the feature log copies it. */
export class SharedRows {
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;

  /** @param buffer ROW_BYTES per row, see `allocate` */
  constructor(readonly buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** Allocates rows of zeros. */
  static allocate(rowCount: number): SharedRows {
    return new SharedRows(new SharedArrayBuffer(rowCount * ROW_BYTES));
  }
}
