import { type Hash64, hashKey1, hashKey2, hashKey3 } from '../hashing/murmur3.js';

/** Row space of a feature: computed once per distinct tweet, or once per pair. */
export type RowSpace = 'tweet' | 'pair';

/** What identifies the records of one statistics table. */
export interface KeySet {
  readonly name: string;
  readonly rowSpace: RowSpace;
  /** Components in hashing order, for the reference page. */
  readonly components: readonly string[];
}

/** The ten key sets, in the published order. */
export const KEY_SETS: readonly KeySet[] = [
  { name: 'a_user_id', rowSpace: 'tweet', components: ['author'] },
  { name: 'b_user_id', rowSpace: 'pair', components: ['reader'] },
  { name: 'tweet_type', rowSpace: 'tweet', components: ['tweet type'] },
  { name: 'language', rowSpace: 'tweet', components: ['language'] },
  { name: 'media', rowSpace: 'tweet', components: ['media code'] },
  { name: 'tw_word0', rowSpace: 'tweet', components: ['first word'] },
  {
    name: 'a_user_id_language_tweet_type',
    rowSpace: 'tweet',
    components: ['author', 'language', 'tweet type'],
  },
  {
    name: 'b_user_id_language_tweet_type',
    rowSpace: 'pair',
    components: ['reader', 'language', 'tweet type'],
  },
  {
    name: 'language_tweet_type_media',
    rowSpace: 'tweet',
    components: ['language', 'tweet type', 'media code'],
  },
  { name: 'a_user_id_b_user_id', rowSpace: 'pair', components: ['author', 'reader'] },
];

/** Everything a key can be made of; hashes as signed lanes. One object is reused for all pairs. */
export interface KeyComponents {
  authorLo: number;
  authorHi: number;
  readerLo: number;
  readerHi: number;
  languageLo: number;
  languageHi: number;
  wordLo: number;
  wordHi: number;
  tweetType: number;
  mediaCode: number;
}

/** Components that are all zero, to be filled in place. */
export function emptyKeyComponents(): KeyComponents {
  return {
    authorLo: 0,
    authorHi: 0,
    readerLo: 0,
    readerHi: 0,
    languageLo: 0,
    languageHi: 0,
    wordLo: 0,
    wordHi: 0,
    tweetType: 0,
    mediaCode: 0,
  };
}

/**
 * Key of one key set: the hash of its components, 8 little-endian bytes each (a code is its number).
 * @param keySet position in KEY_SETS
 */
export function hashKey(keySet: number, c: KeyComponents, out: Hash64): void {
  switch (keySet) {
    case 0:
      return hashKey1(c.authorLo, c.authorHi, out);
    case 1:
      return hashKey1(c.readerLo, c.readerHi, out);
    case 2:
      return hashKey1(c.tweetType, 0, out);
    case 3:
      return hashKey1(c.languageLo, c.languageHi, out);
    case 4:
      return hashKey1(c.mediaCode, 0, out);
    case 5:
      return hashKey1(c.wordLo, c.wordHi, out);
    case 6:
      return hashKey3(c.authorLo, c.authorHi, c.languageLo, c.languageHi, c.tweetType, 0, out);
    case 7:
      return hashKey3(c.readerLo, c.readerHi, c.languageLo, c.languageHi, c.tweetType, 0, out);
    case 8:
      return hashKey3(c.languageLo, c.languageHi, c.tweetType, 0, c.mediaCode, 0, out);
    case 9:
      return hashKey2(c.authorLo, c.authorHi, c.readerLo, c.readerHi, out);
    default:
      throw new RangeError(`key set ${keySet}, expected 0 to ${KEY_SETS.length - 1}`);
  }
}
