import { crc32 } from 'node:zlib';
import { EVENT_BYTES } from '../events/event-record.js';

/**
 * Most events of a record. A record of 40 events (4,016 bytes) fits into one page of LMDB (4,096 bytes with its header), so any free
 * page can take any record, and trimmed pages are always reusable.
 */
export const EVENTS_PER_RECORD = 40;

/**
 * Layout of a record, the value of a key of LMDB, little-endian: CRC-32 of the rest (u32), version of the layout (u8), number of
 * events (u8), EVENT_BYTES (u16), sequence number of the first event (u64, also the key), events. So a record can be recognized
 * without its key. A record without events is a restart: the sequence numbers from the end of the previous record to its own were
 * never used, or their events are lost. The next record follows at the next number.
 */
const HEADER_BYTES = 16;
const VERSION_AT = 4;
const COUNT_AT = 5;
const EVENT_BYTES_AT = 6;
const SEQUENCE_AT = 8;
const VERSION = 1;
const ZEROS = Buffer.alloc(HEADER_BYTES + EVENTS_PER_RECORD * EVENT_BYTES);

/** Consecutive events, ready to be stored. */
export interface PackedRecord {
  readonly sequence: number;
  readonly bytes: Buffer;
}

/** A stored record. */
export interface StoredRecord extends PackedRecord {
  /** Events of the record, a view of its bytes. Empty: a restart. */
  readonly events: Uint8Array;
}

/**
 * Copies events into records.
 * @param sequence of the first event
 * @param appends parts of n x EVENT_BYTES each
 */
export function packRecords(sequence: number, appends: readonly Uint8Array[]): PackedRecord[] {
  const total = appends.reduce((sum, events) => sum + events.length, 0) / EVENT_BYTES;
  const records: PackedRecord[] = [];
  const buffer = Buffer.allocUnsafeSlow(
    total * EVENT_BYTES + Math.ceil(total / EVENTS_PER_RECORD) * HEADER_BYTES,
  );
  const source = new Parts(appends);
  let at = 0;
  for (let first = 0; first < total; first += EVENTS_PER_RECORD) {
    const count = Math.min(EVENTS_PER_RECORD, total - first);
    const bytes = buffer.subarray(at, at + HEADER_BYTES + count * EVENT_BYTES);
    source.copyTo(bytes.subarray(HEADER_BYTES));
    sealRecord(sequence + first, bytes);
    records.push({ sequence: sequence + first, bytes });
    at += bytes.length;
  }
  return records;
}

/** Sequence number after a record. A restart takes one number. */
export function endOfRecord({ sequence, events }: { sequence: number; events: Uint8Array }): number {
  return sequence + Math.max(1, events.length / EVENT_BYTES);
}

/** A restart: a record without events. */
export function restartRecord(sequence: number): PackedRecord {
  const bytes = Buffer.alloc(HEADER_BYTES);
  sealRecord(sequence, bytes);
  return { sequence, bytes };
}

/** A record of zeros that fills a page. It is no valid record. */
export function zeroRecord(sequence: number): PackedRecord {
  return { sequence, bytes: ZEROS };
}

/**
 * Checks the record at the start of bytes.
 * @param bytes a record, perhaps with other bytes behind it
 * @returns the record, a view of the bytes; undefined if it is damaged
 */
export function parseRecord(bytes: Buffer): StoredRecord | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  if (bytes[VERSION_AT] !== VERSION || bytes.readUInt16LE(EVENT_BYTES_AT) !== EVENT_BYTES) return undefined;
  const length = HEADER_BYTES + bytes[COUNT_AT]! * EVENT_BYTES;
  const record = bytes.subarray(0, length);
  if (record.length < length || record.readUInt32LE(0) !== crc32(record.subarray(4))) return undefined;
  const sequence = Number(record.readBigUInt64LE(SEQUENCE_AT));
  return { sequence, bytes: record, events: record.subarray(HEADER_BYTES) };
}

/** Writes the header of a record whose events were written or changed. */
export function sealRecord(sequence: number, bytes: Buffer): void {
  bytes[VERSION_AT] = VERSION;
  bytes[COUNT_AT] = (bytes.length - HEADER_BYTES) / EVENT_BYTES;
  bytes.writeUInt16LE(EVENT_BYTES, EVENT_BYTES_AT);
  bytes.writeBigUInt64LE(BigInt(sequence), SEQUENCE_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
}

/** Reads several arrays as one. */
class Parts {
  private index = 0;
  private at = 0;

  constructor(private readonly parts: readonly Uint8Array[]) {}

  /** Fills `out` with the next bytes. */
  copyTo(out: Uint8Array): void {
    let filled = 0;
    while (filled < out.length) {
      const part = this.parts[this.index]!;
      const bytes = part.subarray(this.at, this.at + out.length - filled);
      out.set(bytes, filled);
      filled += bytes.length;
      this.at += bytes.length;
      if (this.at < part.length) continue;
      this.index += 1;
      this.at = 0;
    }
  }
}
