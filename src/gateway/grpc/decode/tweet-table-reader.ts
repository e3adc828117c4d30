import type { Hash64 } from '../../../pairs/murmur3.js';
import { hashTagBytes } from '../../../pairs/id-hash.js';
import type { WordpieceTokenizer } from '../../../features/text/wordpiece-tokenizer.js';
import { FIELD_NUMBER } from '@pairstream/client/wire';
import type { BoundedReader } from './columns/bounded-reader.js';
import { appendTo } from './columns/field-reading.js';
import { HashColumn } from './columns/hash-column.js';
import { IdentityColumns } from './columns/identity-columns.js';
import type { LanguageTags } from './language-tags.js';
import { TextColumn } from './columns/text-column.js';
import { WireColumn } from './columns/wire-column.js';

const { TweetTable } = FIELD_NUMBER;
const NO_LIMIT = Infinity;

/** Tokenizer and language tags that decode tweets. All requests of a thread share them. */
export interface TweetReading {
  readonly tokenizer: WordpieceTokenizer;
  readonly languages: LanguageTags;
}

/** The columns of the tweet table. */
export class TweetTableReader {
  readonly authorIndex: WireColumn<Uint32Array>;
  readonly type: WireColumn<Uint8Array>;
  readonly language: HashColumn;
  readonly createdAtS: WireColumn<Float64Array>;
  readonly tokenCount: WireColumn<Uint32Array>;
  readonly tokens = WireColumn.uint32('tweets.token', NO_LIMIT);
  readonly mediaCount: WireColumn<Uint32Array>;
  readonly media = WireColumn.uint8('tweets.media', NO_LIMIT);
  readonly hashtagCount: WireColumn<Uint32Array>;
  readonly linkCount: WireColumn<Uint32Array>;
  readonly domainCount: WireColumn<Uint32Array>;
  readonly text: TextColumn;
  readonly ids: IdentityColumns;
  readonly firstHashtag: HashColumn;
  readonly firstLink: HashColumn;
  readonly firstDomain: HashColumn;

  /** @param maxTweets maximum number of entries of a column with one entry per tweet */
  constructor(maxTweets: number, { tokenizer, languages }: TweetReading) {
    this.authorIndex = WireColumn.uint32('tweets.author_index', maxTweets);
    this.type = WireColumn.uint8('tweets.type', maxTweets);
    this.language = new HashColumn('tweets.language', maxTweets, (bytes, from, to, out) =>
      languages.hash(bytes, from, to, out),
    );
    this.createdAtS = WireColumn.int64('tweets.created_at_s', maxTweets);
    this.tokenCount = WireColumn.uint32('tweets.token_count', maxTweets);
    this.mediaCount = WireColumn.uint32('tweets.media_count', maxTweets);
    this.hashtagCount = WireColumn.uint32('tweets.hashtag_count', maxTweets);
    this.linkCount = WireColumn.uint32('tweets.link_count', maxTweets);
    this.domainCount = WireColumn.uint32('tweets.domain_count', maxTweets);
    this.text = new TextColumn('tweets.text', maxTweets, tokenizer);
    this.ids = new IdentityColumns('tweets', maxTweets);
    this.firstHashtag = new HashColumn('tweets.first_hashtag', maxTweets, hashItem);
    this.firstLink = new HashColumn('tweets.first_link', maxTweets, hashItem);
    this.firstDomain = new HashColumn('tweets.first_domain', maxTweets, hashItem);
  }

  /** Decodes one field of the table. @throws the errors of the columns */
  readField(reader: BoundedReader, field: number, wireType: number): void {
    switch (field) {
      case TweetTable.authorIndex:
        return appendTo(this.authorIndex, reader, wireType);
      case TweetTable.type:
        return appendTo(this.type, reader, wireType);
      case TweetTable.language:
        return this.language.append(reader, wireType);
      case TweetTable.createdAtS:
        return appendTo(this.createdAtS, reader, wireType);
      case TweetTable.tokenCount:
        return appendTo(this.tokenCount, reader, wireType);
      case TweetTable.token:
        return appendTo(this.tokens, reader, wireType);
      case TweetTable.mediaCount:
        return appendTo(this.mediaCount, reader, wireType);
      case TweetTable.media:
        return appendTo(this.media, reader, wireType);
      case TweetTable.hashtagCount:
        return appendTo(this.hashtagCount, reader, wireType);
      case TweetTable.linkCount:
        return appendTo(this.linkCount, reader, wireType);
      case TweetTable.domainCount:
        return appendTo(this.domainCount, reader, wireType);
      default:
        this.readOptionalField(reader, field, wireType);
    }
  }

  private readOptionalField(reader: BoundedReader, field: number, wireType: number): void {
    switch (field) {
      case TweetTable.text:
        return this.text.append(reader, wireType);
      case TweetTable.id:
        return this.ids.appendBytes(reader, wireType);
      case TweetTable.idText:
        return this.ids.appendText(reader, wireType);
      case TweetTable.idNumber:
        return this.ids.appendNumbers(reader, wireType);
      case TweetTable.firstHashtag:
        return this.firstHashtag.append(reader, wireType);
      case TweetTable.firstLink:
        return this.firstLink.append(reader, wireType);
      case TweetTable.firstDomain:
        return this.firstDomain.append(reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }
}

/** Hash of an entity's text; both lanes are 0 without an entity. */
function hashItem(bytes: Uint8Array, from: number, to: number, out: Hash64): undefined {
  hashTagBytes(bytes, from, to, out);
}
