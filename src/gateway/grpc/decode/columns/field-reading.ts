import { isUtf8 } from 'node:buffer';
import type protobuf from 'protobufjs/minimal.js';
import { PairstreamError } from '../../../../errors/pairstream-error.js';
import { WIRE_TYPE } from '@pairstream/client/wire';
import type { BoundedReader } from './bounded-reader.js';
import type { WireColumn } from './wire-column.js';

/** Checks the wire type of a field. @throws RangeError for another wire type than declared */
export function expectWireType(seen: number, expected: number): void {
  if (seen !== expected) throw new RangeError(`wire type ${seen}, expected ${expected}`);
}

/** Decodes a length prefix. @returns the end of the field @throws RangeError if the field ends after the message */
export function readLength(reader: protobuf.Reader, wireType: number): number {
  expectWireType(wireType, WIRE_TYPE.bytes);
  const byteLength = reader.uint32();
  const end = reader.pos + byteLength;
  if (end > reader.len) throw new RangeError(`field of ${byteLength} bytes passes the end of the message`);
  return end;
}

/** Decodes the fields of a nested message. @throws RangeError for a field that ends after the nested message */
export function readFields(
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

/**
 * Appends one entry or the packed entries of a repeated number. Of a packed column that is longer than the reader's `maxPartBytes`,
 * the first part is appended, and `reader.rest` is set.
 * @throws the errors of WireColumn.appendPacked
 */
export function appendTo(column: WireColumn, reader: BoundedReader, wireType: number): void {
  if (wireType === WIRE_TYPE.varint) {
    reader.pos = column.appendOne(reader.buf, reader.pos);
    return;
  }
  reader.countEmptyField();
  appendPart(reader, column, readLength(reader, wireType));
}

/** Appends entries of a packed column that ends at `end`, and sets `reader.rest` if some are left. */
export function appendPart(reader: BoundedReader, column: WireColumn, end: number): void {
  const { buf, pos, maxPartBytes } = reader;
  let to = end;
  if (end - pos > maxPartBytes) {
    to = pos + maxPartBytes;
    // A part ends with an entry.
    while (to < end && buf[to - 1]! >= 0x80) to += 1;
  }
  reader.rest = to === end ? undefined : { column, end };
  column.appendPacked(buf, pos, to);
  reader.pos = to;
}

/** Checks that a column has room for entry `index`. @throws PairstreamError MESSAGE_TOO_LARGE from `maxCount` on */
export function refuseRow(field: string, index: number, maxCount: number): void {
  if (index < maxCount) return;
  throw new PairstreamError(
    'MESSAGE_TOO_LARGE',
    `${field} has more than ${maxCount} entries, the most that are accepted in one request`,
    { field },
  );
}

/** Checks that a string is valid UTF-8, as protobuf requires. @throws PairstreamError INVALID_REQUEST */
export function expectUtf8(field: string, index: number, bytes: Uint8Array, from: number, to: number): void {
  let at = from;
  while (at < to && bytes[at]! < 0x80) at += 1;
  if (at === to || isUtf8(bytes.subarray(from, to))) return;
  const place = `${field}[${index}]`;
  throw new PairstreamError('INVALID_REQUEST', `${place}: bytes that are no UTF-8, expected text`, {
    field: place,
  });
}
