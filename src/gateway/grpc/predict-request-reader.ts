import type protobuf from 'protobufjs/minimal.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { MESSAGE_FIELDS, WIRE_TYPE } from '@pairstream/client/wire';
import { BoundedReader } from './bounded-reader.js';
import { expectWireType, readFields } from './field-reading.js';
import { PairTableReader } from './pair-table-reader.js';
import { RequestOptions } from './request-options.js';
import { type TweetReading, TweetTableReader } from './tweet-table-reader.js';
import { UserTableReader } from './user-table-reader.js';

/** A uint64 as two lanes, so that any sequence number comes back as it was sent; the names are protobufjs's. */
export interface Uint64Lanes {
  readonly low: number;
  readonly high: number;
}

/** Limits of one message, and the tokenizer and language tags that decode it. */
export interface RequestReading extends TweetReading {
  readonly maxPairsPerMessage: number;
}

const NO_SEQUENCE: Uint64Lanes = { low: 0, high: 0 };
const { PredictRequest } = MESSAGE_FIELDS;

/**
 * A PredictRequest read into columns without any object per row: identities and language tags are hashed, and texts cut
 * into tokens, where they lie in the message. Nothing is checked here but the encoding and the size of the tables. A
 * message cannot make the reader hold more than 16 bytes per byte of its own.
 */
export class PredictRequestReader {
  sequence: Uint64Lanes = NO_SEQUENCE;
  timeoutMs = 0;
  readonly users: UserTableReader;
  readonly tweets: TweetTableReader;
  readonly pairs: PairTableReader;
  readonly options = new RequestOptions();

  constructor(reading: RequestReading) {
    const maxPairs = reading.maxPairsPerMessage;
    // A pair names two users and one tweet, so a table that is larger holds rows nobody asks about.
    this.users = new UserTableReader(2 * maxPairs);
    this.tweets = new TweetTableReader(maxPairs, reading);
    this.pairs = new PairTableReader(maxPairs);
  }

  /**
   * Reads one message. `sequence` is valid as far as the message was readable, even when this throws.
   * @throws PairstreamError INVALID_REQUEST for bytes that are no PredictRequest, MESSAGE_TOO_LARGE for big tables
   */
  read(bytes: Uint8Array): void {
    try {
      this.#readMessage(new BoundedReader(bytes), bytes.length);
    } catch (thrown) {
      if (thrown instanceof PairstreamError) throw thrown;
      throw new PairstreamError('INVALID_REQUEST', 'the bytes are no pairstream.v1.PredictRequest', {
        cause: thrown,
      });
    }
  }

  #readMessage(reader: BoundedReader, end: number): void {
    while (reader.pos < end) {
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
      case PredictRequest.timeout_ms:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.timeoutMs = reader.uint32();
        return;
      case PredictRequest.users:
        return readFields(reader, wireType, (column, type) => this.users.readField(reader, column, type));
      case PredictRequest.tweets:
        return readFields(reader, wireType, (column, type) => this.tweets.readField(reader, column, type));
      case PredictRequest.pairs:
        return readFields(reader, wireType, (column, type) => this.pairs.readField(reader, column, type));
      case PredictRequest.options:
        return readFields(reader, wireType, (option, type) => this.options.readField(reader, option, type));
      default:
        reader.skipType(wireType);
    }
  }
}

/** Reads a varint of 64 bits. @throws RangeError for bytes that are none */
export function readUint64(reader: protobuf.Reader): Uint64Lanes {
  // protobufjs gives a Long where the package `long` is installed (its own dependency), else a number.
  const value: Uint64Lanes | number = reader.uint64();
  if (typeof value === 'number') return { low: value >>> 0, high: Math.floor(value / 4_294_967_296) };
  return { low: value.low, high: value.high };
}
