import { FIELD_NUMBER } from '@pairstream/client/wire';
import type { BoundedReader } from './columns/bounded-reader.js';
import { appendTo } from './columns/field-reading.js';
import { WireColumn } from './columns/wire-column.js';

const { PairTable } = FIELD_NUMBER;

/** The columns of the pair table. */
export class PairTableReader {
  readonly tweetIndex: WireColumn<Uint32Array>;
  readonly readerIndex: WireColumn<Uint32Array>;
  readonly authorFollowsReader: WireColumn<Uint8Array>;
  readonly asOfS: WireColumn<Float64Array>;

  /** @param maxPairs maximum number of entries of a column */
  constructor(maxPairs: number) {
    this.tweetIndex = WireColumn.uint32('pairs.tweet_index', maxPairs);
    this.readerIndex = WireColumn.uint32('pairs.reader_index', maxPairs);
    this.authorFollowsReader = WireColumn.bool('pairs.author_follows_reader', maxPairs);
    this.asOfS = WireColumn.int64('pairs.as_of_s', maxPairs);
  }

  /** Decodes one field of the table. @throws the errors of WireColumn.appendPacked */
  readField(reader: BoundedReader, field: number, wireType: number): void {
    switch (field) {
      case PairTable.tweetIndex:
        return appendTo(this.tweetIndex, reader, wireType);
      case PairTable.readerIndex:
        return appendTo(this.readerIndex, reader, wireType);
      case PairTable.authorFollowsReader:
        return appendTo(this.authorFollowsReader, reader, wireType);
      case PairTable.asOfS:
        return appendTo(this.asOfS, reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }
}
