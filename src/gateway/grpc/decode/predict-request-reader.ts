import { PairstreamError } from '../../../errors/pairstream-error.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import { BoundedReader } from './columns/bounded-reader.js';
import { appendPart, expectWireType, readFields, readLength } from './columns/field-reading.js';
import { type EntityColumns, EntityFinder } from './entity-columns.js';
import { PairTableReader } from './pair-table-reader.js';
import { PART_BYTES, type ReadingSlice, WHOLE } from './reading-slice.js';
import { RequestOptions } from './request-options.js';
import { type TweetReading, TweetTableReader } from './tweet-table-reader.js';
import { readUint64, type Uint64Lanes } from './uint64.js';
import { UserTableReader } from './user-table-reader.js';

/** Limits of one request, and the tokenizer and language tags that decode tweets. */
export interface RequestReading extends TweetReading {
  readonly maxPairsPerMessage: number;
}

const NO_SEQUENCE: Uint64Lanes = { low: 0, high: 0 };
const { PredictRequest } = FIELD_NUMBER;

/** A table that is being decoded. */
interface OpenTable {
  readonly end: number;
  readonly columns: UserTableReader | TweetTableReader | PairTableReader;
}

/**
 * Decodes a PredictRequest into columns, without an object per row. Ids and language tags are hashed and texts are cut into
 * tokens directly from the bytes of the message. Only the encoding and the size of the tables are checked. The columns take at
 * most 16 bytes per byte of the message.
 */
export class PredictRequestReader {
  sequence: Uint64Lanes = NO_SEQUENCE;
  timeoutMs = 0;
  readonly users: UserTableReader;
  readonly tweets: TweetTableReader;
  readonly pairs: PairTableReader;
  readonly options = new RequestOptions();
  #reader = new BoundedReader(new Uint8Array(0));
  #table: OpenTable | undefined;
  #finder: EntityFinder | undefined;
  /** Position at which the time is looked at next. */
  #pausePos = PART_BYTES;

  constructor(reading: RequestReading) {
    const maxPairs = reading.maxPairsPerMessage;
    // A pair names at most two users and one tweet, so a larger table has rows that no pair uses.
    this.users = new UserTableReader(2 * maxPairs);
    this.tweets = new TweetTableReader(maxPairs, reading);
    this.pairs = new PairTableReader(maxPairs);
  }

  /** Decodes one request at once. @throws PairstreamError as `readOn` */
  read(bytes: Uint8Array): void {
    this.begin(bytes);
    this.readOn(WHOLE);
  }

  /** Takes the bytes that `readOn` decodes. The caller must not modify them until the request is answered. */
  begin(bytes: Uint8Array): void {
    this.#reader = new BoundedReader(bytes, PART_BYTES);
  }

  /**
   * Decodes on until the slice is over. If this method throws, `sequence` still holds the value of the bytes decoded so far.
   * @returns true if the request is decoded; false: call again
   * @throws PairstreamError INVALID_REQUEST for bytes that are not a PredictRequest, MESSAGE_TOO_LARGE for too many rows
   */
  readOn(slice: ReadingSlice): boolean {
    try {
      return this.#readMessage(slice) && this.#entityFinder.findOn(slice);
    } catch (thrown) {
      if (thrown instanceof PairstreamError) throw thrown;
      throw new PairstreamError('INVALID_REQUEST', 'the bytes are no pairstream.v1.PredictRequest', {
        cause: thrown,
      });
    }
  }

  /** Columns of the entities of the tweets, when the request is decoded. */
  get entities(): EntityColumns {
    return this.#entityFinder.columns;
  }

  get #entityFinder(): EntityFinder {
    return (this.#finder ??= new EntityFinder(this.tweets));
  }

  #readMessage(slice: ReadingSlice): boolean {
    const reader = this.#reader;
    for (;;) {
      if (this.#table !== undefined && !this.#readTable(this.#table, slice)) return false;
      if (reader.pos >= reader.len) return true;
      reader.countEmptyField();
      const tag = reader.uint32();
      this.#readField(reader, tag >>> 3, tag & 7);
    }
  }

  #readField(reader: BoundedReader, field: number, wireType: number): void {
    switch (field) {
      case PredictRequest.sequence:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.sequence = readUint64(reader);
        return;
      case PredictRequest.timeoutMs:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.timeoutMs = reader.uint32();
        return;
      case PredictRequest.users:
        return this.#open(this.users, wireType);
      case PredictRequest.tweets:
        return this.#open(this.tweets, wireType);
      case PredictRequest.pairs:
        return this.#open(this.pairs, wireType);
      case PredictRequest.options:
        return readFields(reader, wireType, (option, type) => this.options.readField(reader, option, type));
      default:
        reader.skipType(wireType);
    }
  }

  #open(columns: OpenTable['columns'], wireType: number): void {
    this.#table = { columns, end: readLength(this.#reader, wireType) };
  }

  /** @returns true at the end of the table */
  #readTable({ columns, end }: OpenTable, slice: ReadingSlice): boolean {
    const reader = this.#reader;
    while (reader.pos < end) {
      if (reader.pos >= this.#pausePos) {
        this.#pausePos = reader.pos + PART_BYTES;
        if (slice.isOver) return false;
      }
      const { rest } = reader;
      if (rest !== undefined) appendPart(reader, rest.column, rest.end);
      else {
        const tag = reader.uint32();
        columns.readField(reader, tag >>> 3, tag & 7);
      }
    }
    if (reader.pos !== end || reader.rest !== undefined)
      throw new RangeError('a field passes the end of its table');
    this.#table = undefined;
    return true;
  }
}
