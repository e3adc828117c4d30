import protobuf from 'protobufjs/minimal.js';
import { PairstreamError } from '../../errors/pairstream-error.js';

/** Most fields of one message that add no entry to a table: unknown fields, options, parts of tables and of columns. */
export const MAX_EMPTY_FIELDS = 10_000;

/**
 * Protobuf reader that bounds the fields of a message that add no entry to a table. Entries are bounded by the columns. Without
 * this bound 64 MiB of fields of two bytes, which gzip packs into 64 KiB, are read for half a second while nobody is answered.
 */
export class BoundedReader extends protobuf.Reader {
  private emptyFieldCount = 0;

  /** Counts a field that adds no entry. @throws PairstreamError INVALID_REQUEST above MAX_EMPTY_FIELDS */
  countEmptyField(): void {
    this.emptyFieldCount += 1;
    if (this.emptyFieldCount > MAX_EMPTY_FIELDS)
      throw new PairstreamError(
        'INVALID_REQUEST',
        `more than ${MAX_EMPTY_FIELDS} fields are unknown, options, or parts of tables and columns; send each table and each packed column whole`,
      );
  }

  /** Skips a field. @throws PairstreamError as countEmptyField; RangeError for bytes that are none */
  override skipType(wireType: number): this {
    this.countEmptyField();
    super.skipType(wireType);
    return this;
  }
}
