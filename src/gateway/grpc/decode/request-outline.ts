import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import { BoundedReader } from './columns/bounded-reader.js';
import { readFields, readLength } from './columns/field-reading.js';
import { readUint64, type Uint64Lanes } from './uint64.js';

const { PredictRequest, PairTable, PredictOptions } = FIELD_NUMBER;
/** Bytes of a varint before its last have this bit. */
const MORE_FOLLOWS = 0x80;

/** The parts of a PredictRequest that admission needs. */
export interface RequestOutline {
  readonly sequence: Uint64Lanes;
  /** 0: none. */
  readonly timeoutMs: number;
  /** Entries of `pairs.tweet_index`. */
  readonly pairCount: number;
  /** True if the answer must not be sent before the answers to earlier requests of its stream. */
  readonly isOrdered: boolean;
}

/**
 * Reads the outline of a PredictRequest. The tables of users and tweets, which are nearly all of its bytes, are skipped.
 * @returns undefined for bytes that PredictRequestReader would refuse, and for more than MAX_EMPTY_FIELDS entries that are not packed
 */
export function readOutline(bytes: Uint8Array): RequestOutline | undefined {
  try {
    return outlineOf(new BoundedReader(bytes), bytes.length);
  } catch {
    return undefined;
  }
}

function outlineOf(reader: BoundedReader, end: number): RequestOutline {
  let sequence: Uint64Lanes = { low: 0, high: 0 };
  let timeoutMs = 0;
  let pairCount = 0;
  let isOrdered = false;
  while (reader.pos < end) {
    reader.countEmptyField();
    const tag = reader.uint32();
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (field === PredictRequest.sequence) sequence = readUint64(reader);
    else if (field === PredictRequest.timeoutMs) timeoutMs = reader.uint32();
    else if (field === PredictRequest.pairs)
      readFields(reader, wireType, (column, type) => {
        if (column === PairTable.tweetIndex) pairCount += countEntries(reader, type);
        else reader.skipType(type);
      });
    else if (field === PredictRequest.options)
      readFields(reader, wireType, (option, type) => {
        reader.countEmptyField();
        if (option === PredictOptions.ordered) isOrdered = reader.bool();
        else reader.skipType(type);
      });
    else reader.skipType(wireType);
  }
  return { sequence, timeoutMs, pairCount, isOrdered };
}

/** Counts the entry, or the packed entries, of a repeated varint. */
function countEntries(reader: BoundedReader, wireType: number): number {
  if (wireType === WIRE_TYPE.varint) {
    reader.skipType(wireType);
    return 1;
  }
  reader.countEmptyField();
  const end = readLength(reader, wireType);
  let count = 0;
  for (let at = reader.pos; at < end; at += 1) if (reader.buf[at]! < MORE_FOLLOWS) count += 1;
  reader.pos = end;
  return count;
}
