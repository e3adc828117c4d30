import type { Hash64 } from '../../../pairs/murmur3.js';
import { hashTag } from '../../../pairs/id-hash.js';
import type { PairBatch } from '../../../pairs/pair-batch.js';
import { findTweetEntities } from '../../../features/text/tweet-entities.js';
import type { HashColumn } from './columns/hash-column.js';
import type { TextColumn } from './columns/text-column.js';
import { PART_BYTES, type ReadingSlice } from './reading-slice.js';
import type { TweetTableReader } from './tweet-table-reader.js';
import type { WireColumn } from './columns/wire-column.js';

/** Columns of entities of a PairBatch. */
export type EntityColumns = Pick<
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
 */
export class EntityFinder {
  private readonly hashtags: EntityColumn;
  private readonly links: EntityColumn;
  private readonly domains: EntityColumn;
  private readonly text: TextColumn;
  /** Texts that are searched; the columns of the others are not derived. */
  private readonly textCount: number;
  private foundCount = 0;

  /** @param tweets whose columns are decoded */
  constructor(tweets: TweetTableReader) {
    const { text } = tweets;
    const tweetCount = tweets.authorIndex.count;
    const none = new Uint32Array(tweetCount);
    this.text = text;
    this.hashtags = new EntityColumn(tweets.hashtagCount, tweets.firstHashtag, text, none);
    this.links = new EntityColumn(tweets.linkCount, tweets.firstLink, text, none);
    this.domains = new EntityColumn(tweets.domainCount, tweets.firstDomain, text, none);
    const isDerived = this.hashtags.isDerived || this.links.isDerived || this.domains.isDerived;
    // Counts that differ are refused later.
    this.textCount = isDerived ? Math.min(tweetCount, text.count) : 0;
  }

  /** Searches texts until the slice is over. @returns true if all are searched; false: call again */
  findOn(slice: ReadingSlice): boolean {
    let byteCount = 0;
    while (this.foundCount < this.textCount) {
      if (byteCount >= PART_BYTES) {
        if (slice.isOver) return false;
        byteCount = 0;
      }
      byteCount += this.findIn(this.foundCount);
      this.foundCount += 1;
    }
    return true;
  }

  /** The columns, when all texts are searched. */
  get columns(): EntityColumns {
    const { hashtags, links, domains } = this;
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

  /** @returns bytes searched */
  private findIn(tweet: number): number {
    const bytes = this.text.bytesAt(tweet);
    if (MARKS.some((mark) => bytes.includes(mark))) {
      const entities = findTweetEntities(bytes.toString('utf8'));
      this.hashtags.set(tweet, entities.hashtags);
      this.links.set(tweet, entities.links);
      this.domains.set(tweet, entities.domains);
    }
    return bytes.length;
  }
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
