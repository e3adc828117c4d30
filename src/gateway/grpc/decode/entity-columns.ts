import type { Hash64 } from '../../../pairs/murmur3.js';
import { hashTag } from '../../../pairs/id-hash.js';
import type { PairBatch } from '../../../pairs/pair-batch.js';
import { findTweetEntities } from '../../../features/text/tweet-entities.js';
import type { HashColumn } from './columns/hash-column.js';
import type { TextColumn } from './columns/text-column.js';
import type { TweetTableReader } from './tweet-table-reader.js';
import type { WireColumn } from './columns/wire-column.js';

type EntityColumns = Pick<
  PairBatch['tweets'],
  | 'hashtagCount'
  | 'hashtagLo'
  | 'hashtagHi'
  | 'linkCount'
  | 'linkLo'
  | 'linkHi'
  | 'domainCount'
  | 'domainLo'
  | 'domainHi'
>;

/** Parts of hashtags and links, in UTF-8: a text without them has no entities. */
const MARKS = ['#', '\uFF03', '://'].map((mark) => Buffer.from(mark));
const hash: Hash64 = { lo: 0, hi: 0 };

/**
 * Columns of the entities (hashtags, links, link domains) of tweets. A count that was sent is used. If tweets come as text
 * and a count is left out, the count is taken from the text, and the hash of the first entity as well if that is left out, too.
 * @param tweets a table whose columns have the right counts
 */
export function entityColumnsOf(tweets: TweetTableReader, tweetCount: number): EntityColumns {
  const { text } = tweets;
  const none = new Uint32Array(tweetCount);
  const hashtags = new EntityColumn(tweets.hashtagCount, tweets.firstHashtag, text, none);
  const links = new EntityColumn(tweets.linkCount, tweets.firstLink, text, none);
  const domains = new EntityColumn(tweets.domainCount, tweets.firstDomain, text, none);
  if (hashtags.isDerived || links.isDerived || domains.isDerived) {
    for (let tweet = 0; tweet < tweetCount; tweet += 1) {
      const bytes = text.bytesAt(tweet);
      if (!MARKS.some((mark) => bytes.includes(mark))) continue;
      const entities = findTweetEntities(bytes.toString('utf8'));
      hashtags.set(tweet, entities.hashtags);
      links.set(tweet, entities.links);
      domains.set(tweet, entities.domains);
    }
  }
  return {
    hashtagCount: hashtags.count,
    hashtagLo: hashtags.lo,
    hashtagHi: hashtags.hi,
    linkCount: links.count,
    linkLo: links.lo,
    linkHi: links.hi,
    domainCount: domains.count,
    domainLo: domains.lo,
    domainHi: domains.hi,
  };
}

/** Columns of one kind of entity: the count of each tweet, and the hash of its first entity (both lanes 0 without one). */
class EntityColumn {
  readonly isDerived: boolean;
  readonly count: Uint32Array;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  private readonly isFirstDerived: boolean;

  /** @param none zeros, one per tweet; shared and not written */
  constructor(counts: WireColumn<Uint32Array>, firsts: HashColumn, text: TextColumn, none: Uint32Array) {
    this.isDerived = counts.count === 0 && text.count > 0;
    this.isFirstDerived = this.isDerived && firsts.count === 0;
    this.count = this.isDerived ? none.slice() : counts.data;
    if (this.isFirstDerived) [this.lo, this.hi] = [none.slice(), none.slice()];
    else [this.lo, this.hi] = firsts.count === 0 ? [none, none] : [firsts.lo, firsts.hi];
  }

  /** Sets the derived columns of one tweet. @param entities in the order of the text */
  set(tweet: number, entities: readonly string[]): void {
    const [first] = entities;
    if (!this.isDerived || first === undefined) return;
    this.count[tweet] = entities.length;
    if (!this.isFirstDerived) return;
    hashTag(first, hash);
    this.lo[tweet] = hash.lo;
    this.hi[tweet] = hash.hi;
  }
}
