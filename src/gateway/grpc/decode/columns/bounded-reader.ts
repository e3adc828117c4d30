import protobuf from 'protobufjs/minimal.js';
import { PairstreamError } from '../../../../errors/pairstream-error.js';
import type { WireColumn } from './wire-column.js';

/** Maximum number of fields of one message that add no entry to a table: unknown fields, options, parts of tables and columns. */
export const MAX_EMPTY_FIELDS = 10_000;

/**
 * Protobuf reader that bounds the fields that add no entry to a table; the columns bound the entries. Without this bound, a
 * message of 64 KiB gzip unpacks to 64 MiB of two-byte fields, and no other caller is answered for the half second of reading.
 */
export class BoundedReader extends protobuf.Reader {
  /** A packed column that is decoded in part: `pos` is at its next entry. */
  rest: { readonly column: WireColumn; readonly end: number } | undefined;
  private emptyFieldCount = 0;

  /** @param maxPartBytes bytes of a packed column that are decoded at a time, about; default: the whole column */
  constructor(
    bytes: Uint8Array,
    readonly maxPartBytes = Infinity,
  ) {
    super(bytes);
  }

  /** Counts a field that adds no entry. @throws PairstreamError INVALID_REQUEST above MAX_EMPTY_FIELDS */
  countEmptyField(): void {
    this.emptyFieldCount += 1;
    if (this.emptyFieldCount > MAX_EMPTY_FIELDS)
      throw new PairstreamError(
        'INVALID_REQUEST',
        `more than ${MAX_EMPTY_FIELDS} fields are unknown, options, or parts of tables and columns; send each table and each packed column whole`,
      );
  }

  /** Skips a field and counts it. @throws PairstreamError as countEmptyField; RangeError past the end of the message */
  override skipType(wireType: number): this {
    this.countEmptyField();
    super.skipType(wireType);
    return this;
  }
}
