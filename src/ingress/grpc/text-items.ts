import type { Hash64 } from '../../hashing/murmur3.js';
import { hashTag } from '../../pairs/id-hash.js';
import type { PairBatch } from '../../pairs/pair-batch.js';
import { findTweetEntities } from '../../text/tweet-entities.js';
import type { HashColumn } from './hash-column.js';
import type { TextColumn } from './text-column.js';
import type { TweetTableReader } from './tweet-table-reader.js';
import type { WireColumn } from './wire-column.js';

type ItemColumns = Pick<
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

/** A text without any of these has neither hashtags nor links. */
const SIGNS = ['#', '\uFF03', '://'].map((sign) => Buffer.from(sign));
const hash: Hash64 = { lo: 0, hi: 0 };

/**
 * Hashtags, links and domains of tweets. Each of the three is as sent, unless tweets come as text and the counts are left
 * out: then counts are those of the text, and so are first items that are left out, too.
 */
export function itemsOf(tweets: TweetTableReader, tweetCount: number): ItemColumns {
  const { text } = tweets;
  const none = new Uint32Array(tweetCount);
  const hashtags = new ItemColumn(tweets.hashtagCount, tweets.firstHashtag, text, none);
  const links = new ItemColumn(tweets.linkCount, tweets.firstLink, text, none);
  const domains = new ItemColumn(tweets.domainCount, tweets.firstDomain, text, none);
  if (hashtags.isDerived || links.isDerived || domains.isDerived) {
    for (let tweet = 0; tweet < tweetCount; tweet += 1) {
      const bytes = text.bytesAt(tweet);
      if (!SIGNS.some((sign) => bytes.includes(sign))) continue;
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

/** How many items of one kind each tweet has, and the hash of the first; both lanes 0 for none. */
class ItemColumn {
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

  /** Sets what is derived of one tweet. @param items in the order of the text */
  set(tweet: number, items: readonly string[]): void {
    const [first] = items;
    if (!this.isDerived || first === undefined) return;
    this.count[tweet] = items.length;
    if (!this.isFirstDerived) return;
    hashTag(first, hash);
    this.lo[tweet] = hash.lo;
    this.hi[tweet] = hash.hi;
  }
}
