import protobuf from 'protobufjs/minimal.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { hashIdBytes, hashTagBytes, ID_BYTES } from '../../pairs/id-hash.js';
import { MESSAGE_FIELDS, WIRE_TYPE } from '../../wire/message-fields.js';
import { WireColumn } from './wire-column.js';

/** A uint64 as two lanes, so that any sequence number comes back as it was sent; the names are protobufjs's. */
export interface Uint64Lanes {
  readonly low: number;
  readonly high: number;
}

/** What a server accepts in one message. */
export interface MessageLimits {
  readonly maxPairsPerMessage: number;
}

const NO_SEQUENCE: Uint64Lanes = { low: 0, high: 0 };
const NO_LIMIT = Infinity;
const { PredictRequest, UserTable, TweetTable, PairTable } = MESSAGE_FIELDS;

/**
 * A PredictRequest read into columns without any object per row: identities and language tags are hashed where they
 * lie in the message. Nothing is checked here but the encoding and the size of the tables. A message cannot make the
 * reader hold more than eight bytes per byte of its own.
 */
export class PredictRequestReader {
  sequence: Uint64Lanes = NO_SEQUENCE;
  timeoutMs = 0;
  readonly users;
  readonly tweets;
  readonly pairs;
  readonly #hash = { lo: 0, hi: 0 };

  constructor(limits: MessageLimits) {
    const maxPairs = limits.maxPairsPerMessage;
    // A pair names two users and one tweet, so a table that is larger holds rows nobody asks about.
    const maxUsers = 2 * maxPairs;
    this.users = {
      idLo: emptyLanes(),
      idHi: emptyLanes(),
      /** Length in bytes of every id that is not ID_BYTES long, by user index. */
      wrongIdBytes: new Map<number, number>(),
      idCount: 0,
      maxIds: maxUsers,
      followerCount: WireColumn.int64('users.follower_count', maxUsers),
      followingCount: WireColumn.int64('users.following_count', maxUsers),
    };
    this.tweets = {
      authorIndex: WireColumn.uint32('tweets.author_index', maxPairs),
      type: WireColumn.uint8('tweets.type', maxPairs),
      languageLo: emptyLanes(),
      languageHi: emptyLanes(),
      languageCount: 0,
      maxLanguages: maxPairs,
      createdAtS: WireColumn.int64('tweets.created_at_s', maxPairs),
      tokenCount: WireColumn.uint32('tweets.token_count', maxPairs),
      tokens: WireColumn.uint32('tweets.token', NO_LIMIT),
      mediaCount: WireColumn.uint32('tweets.media_count', maxPairs),
      media: WireColumn.uint8('tweets.media', NO_LIMIT),
      hashtagCount: WireColumn.uint32('tweets.hashtag_count', maxPairs),
      linkCount: WireColumn.uint32('tweets.link_count', maxPairs),
      domainCount: WireColumn.uint32('tweets.domain_count', maxPairs),
    };
    this.pairs = {
      tweetIndex: WireColumn.uint32('pairs.tweet_index', maxPairs),
      readerIndex: WireColumn.uint32('pairs.reader_index', maxPairs),
      authorFollowsReader: WireColumn.bool('pairs.author_follows_reader', maxPairs),
      asOfS: WireColumn.int64('pairs.as_of_s', maxPairs),
    };
  }

  /**
   * Reads one message. `sequence` is valid as far as the message was readable, even when this throws.
   * @throws PairstreamError INVALID_REQUEST for bytes that are no PredictRequest, MESSAGE_TOO_LARGE for big tables
   */
  read(bytes: Uint8Array): void {
    try {
      this.#readMessage(new protobuf.Reader(bytes), bytes.length);
    } catch (thrown) {
      if (thrown instanceof PairstreamError) throw thrown;
      throw new PairstreamError('INVALID_REQUEST', 'the bytes are no pairstream.v1.PredictRequest', {
        cause: thrown,
      });
    }
  }

  #readMessage(reader: protobuf.Reader, end: number): void {
    while (reader.pos < end) {
      const tag = reader.uint32();
      const wireType = tag & 7;
      switch (tag >>> 3) {
        case PredictRequest.sequence:
          expectWireType(wireType, WIRE_TYPE.varint);
          this.sequence = readUint64(reader);
          break;
        case PredictRequest.timeout_ms:
          expectWireType(wireType, WIRE_TYPE.varint);
          this.timeoutMs = reader.uint32();
          break;
        case PredictRequest.users:
          readTable(reader, wireType, (field, type) => this.#readUsers(reader, field, type));
          break;
        case PredictRequest.tweets:
          readTable(reader, wireType, (field, type) => this.#readTweets(reader, field, type));
          break;
        case PredictRequest.pairs:
          readTable(reader, wireType, (field, type) => this.#readPairs(reader, field, type));
          break;
        default:
          reader.skipType(wireType);
      }
    }
  }

  #readUsers(reader: protobuf.Reader, field: number, wireType: number): void {
    const { users } = this;
    switch (field) {
      case UserTable.id:
        return this.#readId(reader, wireType);
      case UserTable.follower_count:
        return appendTo(users.followerCount, reader, wireType);
      case UserTable.following_count:
        return appendTo(users.followingCount, reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }

  #readTweets(reader: protobuf.Reader, field: number, wireType: number): void {
    const { tweets } = this;
    switch (field) {
      case TweetTable.author_index:
        return appendTo(tweets.authorIndex, reader, wireType);
      case TweetTable.type:
        return appendTo(tweets.type, reader, wireType);
      case TweetTable.language:
        return this.#readLanguage(reader, wireType);
      case TweetTable.created_at_s:
        return appendTo(tweets.createdAtS, reader, wireType);
      case TweetTable.token_count:
        return appendTo(tweets.tokenCount, reader, wireType);
      case TweetTable.token:
        return appendTo(tweets.tokens, reader, wireType);
      case TweetTable.media_count:
        return appendTo(tweets.mediaCount, reader, wireType);
      case TweetTable.media:
        return appendTo(tweets.media, reader, wireType);
      case TweetTable.hashtag_count:
        return appendTo(tweets.hashtagCount, reader, wireType);
      case TweetTable.link_count:
        return appendTo(tweets.linkCount, reader, wireType);
      case TweetTable.domain_count:
        return appendTo(tweets.domainCount, reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }

  #readPairs(reader: protobuf.Reader, field: number, wireType: number): void {
    const { pairs } = this;
    switch (field) {
      case PairTable.tweet_index:
        return appendTo(pairs.tweetIndex, reader, wireType);
      case PairTable.reader_index:
        return appendTo(pairs.readerIndex, reader, wireType);
      case PairTable.author_follows_reader:
        return appendTo(pairs.authorFollowsReader, reader, wireType);
      case PairTable.as_of_s:
        return appendTo(pairs.asOfS, reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }

  #readId(reader: protobuf.Reader, wireType: number): void {
    const end = readLength(reader, wireType);
    const { users } = this;
    const index = users.idCount;
    refuseRow('users.id', index, users.maxIds);
    users.idLo = withRoom(users.idLo, index);
    users.idHi = withRoom(users.idHi, index);
    const byteLength = end - reader.pos;
    if (byteLength === ID_BYTES) hashIdBytes(reader.buf, reader.pos, this.#hash);
    else users.wrongIdBytes.set(index, byteLength);
    users.idLo[index] = this.#hash.lo;
    users.idHi[index] = this.#hash.hi;
    users.idCount += 1;
    reader.pos = end;
  }

  #readLanguage(reader: protobuf.Reader, wireType: number): void {
    const end = readLength(reader, wireType);
    const { tweets } = this;
    const index = tweets.languageCount;
    refuseRow('tweets.language', index, tweets.maxLanguages);
    tweets.languageLo = withRoom(tweets.languageLo, index);
    tweets.languageHi = withRoom(tweets.languageHi, index);
    hashTagBytes(reader.buf, reader.pos, end, this.#hash);
    tweets.languageLo[index] = this.#hash.lo;
    tweets.languageHi[index] = this.#hash.hi;
    tweets.languageCount += 1;
    reader.pos = end;
  }
}

function expectWireType(seen: number, expected: number): void {
  if (seen !== expected) throw new RangeError(`wire type ${seen}, expected ${expected}`);
}

/** Reads a length prefix; returns where the field ends. */
function readLength(reader: protobuf.Reader, wireType: number): number {
  expectWireType(wireType, WIRE_TYPE.bytes);
  const byteLength = reader.uint32();
  const end = reader.pos + byteLength;
  if (end > reader.len) throw new RangeError(`field of ${byteLength} bytes passes the end of the message`);
  return end;
}

function readTable(
  reader: protobuf.Reader,
  wireType: number,
  readField: (field: number, wireType: number) => void,
): void {
  const end = readLength(reader, wireType);
  while (reader.pos < end) {
    const tag = reader.uint32();
    readField(tag >>> 3, tag & 7);
  }
  if (reader.pos !== end) throw new RangeError('a field passes the end of its table');
}

function appendTo(column: WireColumn, reader: protobuf.Reader, wireType: number): void {
  if (wireType === WIRE_TYPE.varint) {
    reader.pos = column.appendOne(reader.buf, reader.pos);
    return;
  }
  const end = readLength(reader, wireType);
  column.appendPacked(reader.buf, reader.pos, end);
  reader.pos = end;
}

function readUint64(reader: protobuf.Reader): Uint64Lanes {
  // protobufjs gives a Long where the package `long` is installed (its own dependency), else a number.
  const value: Uint64Lanes | number = reader.uint64();
  if (typeof value === 'number') return { low: value >>> 0, high: Math.floor(value / 4_294_967_296) };
  return { low: value.low, high: value.high };
}

function refuseRow(field: string, index: number, maxCount: number): void {
  if (index < maxCount) return;
  throw new PairstreamError(
    'MESSAGE_TOO_LARGE',
    `${field} has more than ${maxCount} entries, the most that are accepted in one message`,
    { field },
  );
}

function emptyLanes(): Uint32Array {
  return new Uint32Array(0);
}

function withRoom(column: Uint32Array, index: number): Uint32Array {
  if (index < column.length) return column;
  const grown = new Uint32Array(Math.max(64, 2 * column.length));
  grown.set(column);
  return grown;
}
