import { PairstreamError } from '../../../errors/pairstream-error.js';
import { withRoom } from '../../../pairs/column-growth.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import { BoundedReader } from './columns/bounded-reader.js';
import { appendTo, expectWireType, readLength, refuseRow } from './columns/field-reading.js';
import { WireColumn } from './columns/wire-column.js';
import { readUint64, type Uint64Lanes } from './uint64.js';

const { FeedbackRequest } = FIELD_NUMBER;
const NO_SEQUENCE: Uint64Lanes = { low: 0, high: 0 };

/** Positions of the tokens of a request in its bytes. */
export class TokenPositions {
  /** The first `count` entries of both are valid. */
  offsets = new Uint32Array(0);
  lengths = new Uint32Array(0);
  count = 0;

  constructor(private readonly maxCount: number) {}

  /** @throws PairstreamError MESSAGE_TOO_LARGE for more than maxCount entries; RangeError past the end of the message */
  append(reader: BoundedReader, wireType: number): void {
    const end = readLength(reader, wireType);
    const index = this.count;
    refuseRow('token', index, this.maxCount);
    this.offsets = withRoom(this.offsets, index + 1, Uint32Array);
    this.lengths = withRoom(this.lengths, index + 1, Uint32Array);
    this.offsets[index] = reader.pos;
    this.lengths[index] = end - reader.pos;
    this.count = index + 1;
    reader.pos = end;
  }
}

/** Decodes a FeedbackRequest into columns, without an object per event. Only the encoding and the number of entries are checked. */
export class FeedbackRequestReader {
  sequence: Uint64Lanes = NO_SEQUENCE;
  readonly tokens: TokenPositions;
  /** A view of the message; undefined if the field was not sent. */
  predictionId: Uint8Array | undefined;
  readonly pairIndex: WireColumn<Uint32Array>;
  readonly kind: WireColumn<Uint8Array>;
  readonly timeS: WireColumn<Float64Array>;

  /** @param maxEvents maximum number of entries of a column */
  constructor(maxEvents: number) {
    this.tokens = new TokenPositions(maxEvents);
    this.pairIndex = WireColumn.uint32('pair_index', maxEvents);
    this.kind = WireColumn.uint8('kind', maxEvents);
    this.timeS = WireColumn.int64('time_s', maxEvents);
  }

  /**
   * Decodes one request. If this method throws, `sequence` still holds the value of the bytes decoded so far.
   * @param bytes the caller must not modify them while the columns are used
   * @throws PairstreamError INVALID_REQUEST for bytes that are not a FeedbackRequest, MESSAGE_TOO_LARGE for too many entries
   */
  read(bytes: Uint8Array): void {
    try {
      this.#readMessage(new BoundedReader(bytes), bytes.length);
    } catch (thrown) {
      if (thrown instanceof PairstreamError) throw thrown;
      const message = 'the bytes are no pairstream.v1.FeedbackRequest';
      throw new PairstreamError('INVALID_REQUEST', message, { cause: thrown });
    }
  }

  #readMessage(reader: BoundedReader, end: number): void {
    while (reader.pos < end) {
      const tag = reader.uint32();
      this.#readField(reader, tag >>> 3, tag & 7);
    }
  }

  #readField(reader: BoundedReader, field: number, wireType: number): void {
    switch (field) {
      case FeedbackRequest.sequence:
        reader.countEmptyField();
        expectWireType(wireType, WIRE_TYPE.varint);
        this.sequence = readUint64(reader);
        return;
      case FeedbackRequest.token:
        return this.tokens.append(reader, wireType);
      case FeedbackRequest.predictionId:
        reader.countEmptyField();
        return this.#readPredictionId(reader, wireType);
      case FeedbackRequest.pairIndex:
        return appendTo(this.pairIndex, reader, wireType);
      case FeedbackRequest.kind:
        return appendTo(this.kind, reader, wireType);
      case FeedbackRequest.timeS:
        return appendTo(this.timeS, reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }

  #readPredictionId(reader: BoundedReader, wireType: number): void {
    const end = readLength(reader, wireType);
    this.predictionId = reader.buf.subarray(reader.pos, end);
    reader.pos = end;
  }
}
