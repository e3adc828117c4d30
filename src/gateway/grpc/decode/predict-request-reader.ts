import { PairstreamError } from '../../../errors/pairstream-error.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import { BoundedReader } from './columns/bounded-reader.js';
import { expectWireType, readFields } from './columns/field-reading.js';
import { PairTableReader } from './pair-table-reader.js';
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

  constructor(reading: RequestReading) {
    const maxPairs = reading.maxPairsPerMessage;
    // A pair names at most two users and one tweet, so a larger table has rows that no pair uses.
    this.users = new UserTableReader(2 * maxPairs);
    this.tweets = new TweetTableReader(maxPairs, reading);
    this.pairs = new PairTableReader(maxPairs);
  }

  /**
   * Decodes one request. If this method throws, `sequence` still holds the value of the bytes decoded so far.
   * @throws PairstreamError INVALID_REQUEST for bytes that are not a PredictRequest, MESSAGE_TOO_LARGE for too many rows
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
      case PredictRequest.timeoutMs:
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
