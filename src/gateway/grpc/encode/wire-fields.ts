import type protobuf from 'protobufjs/minimal.js';
import { WIRE_TYPE } from '@pairstream/client/wire';
import type { Uint64Lanes } from '../decode/uint64.js';

/** Tag of a field. */
export function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** Writes the sequence number of an answer, unless it is 0. */
export function writeSequence(writer: protobuf.Writer, field: number, { low, high }: Uint64Lanes): void {
  if (low === 0 && high === 0) return;
  // As text, because a number would lose the low bits of a large one.
  const sequence = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  writer.uint32(tag(field, WIRE_TYPE.varint)).uint64(sequence.toString());
}
