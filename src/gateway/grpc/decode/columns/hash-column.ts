import type protobuf from 'protobufjs/minimal.js';
import type { Hash64 } from '../../../../pairs/murmur3.js';
import { expectUtf8, readLength, refuseRow } from './field-reading.js';
import { withRoom } from '../../../../pairs/column-growth.js';

/**
 * Hashes the string at bytes[from .. to) into `out`.
 * @returns the problem of an invalid string; undefined for a valid string
 */
export type HashText = (bytes: Uint8Array, from: number, to: number, out: Hash64) => string | undefined;

/** Decodes a repeated string into one hash per entry, directly from the bytes of the message. */
export class HashColumn {
  lo = new Uint32Array(0);
  hi = new Uint32Array(0);
  count = 0;
  /** Problems of invalid entries, by index. */
  readonly problems = new Map<number, string>();
  private readonly hash: Hash64 = { lo: 0, hi: 0 };

  /** @param field name of the column, for errors @param maxCount maximum number of entries */
  constructor(
    private readonly field: string,
    private readonly maxCount: number,
    private readonly hashText: HashText,
  ) {}

  /** @throws PairstreamError MESSAGE_TOO_LARGE for more than maxCount entries; INVALID_REQUEST for invalid UTF-8 */
  append(reader: protobuf.Reader, wireType: number): void {
    const end = readLength(reader, wireType);
    const index = this.count;
    refuseRow(this.field, index, this.maxCount);
    expectUtf8(this.field, index, reader.buf, reader.pos, end);
    const problem = this.hashText(reader.buf, reader.pos, end, this.hash);
    if (problem !== undefined) this.problems.set(index, problem);
    this.lo = withRoom(this.lo, index + 1, Uint32Array);
    this.hi = withRoom(this.hi, index + 1, Uint32Array);
    this.lo[index] = this.hash.lo;
    this.hi[index] = this.hash.hi;
    this.count = index + 1;
    reader.pos = end;
  }
}
