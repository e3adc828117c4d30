/** Sequence numbers are smaller than this. Keys from here on belong to records that overwrite free pages. */
export const SEQUENCE_END = 2 ** 52;

const KEY_BYTES = 8;
const LOW = 2 ** 32;

/** Key of LMDB for a sequence number: 8 bytes, big-endian, so that keys sort by number. */
export function keyOf(sequence: number): Buffer {
  const key = Buffer.allocUnsafeSlow(KEY_BYTES);
  key.writeUInt32BE(Math.floor(sequence / LOW), 0);
  key.writeUInt32BE(sequence % LOW, 4);
  return key;
}

/** Sequence number of a key. @returns undefined if the bytes are no key */
export function sequenceOf(key: Buffer): number | undefined {
  return key.length === KEY_BYTES ? key.readUInt32BE(0) * LOW + key.readUInt32BE(4) : undefined;
}
