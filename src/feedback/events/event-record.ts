import { TARGETS } from '../../pairs/targets.js';
import { PAIR_RECORD_BYTES } from './pair-record.js';

/**
 * Layout of an event record, little-endian: a pair record, the kind of the event at byte 95 (u8) and its event time at byte 96
 * (u32, Unix seconds).
 */
export const EVENT_BYTES = 100;

const KIND_AT = PAIR_RECORD_BYTES;
const TIME_AT = PAIR_RECORD_BYTES + 1;

/** Kind of an event: a target (0 reply, 1 retweet, 2 quote, 3 like), or IMPRESSION. */
export type EventKind = number;

/** The reader was shown the tweet. */
export const IMPRESSION: EventKind = TARGETS.length;

/** Number of kinds. */
export const EVENT_KIND_COUNT = TARGETS.length + 1;

/** Writes kind and time behind the pair record at bytes[at]. */
export function writeEvent(bytes: DataView, at: number, kind: EventKind, timeS: number): void {
  bytes.setUint8(at + KIND_AT, kind);
  bytes.setUint32(at + TIME_AT, timeS, true);
}

/** Kind of the event at bytes[at]. */
export function kindOf(bytes: DataView, at: number): EventKind {
  return bytes.getUint8(at + KIND_AT);
}

/** Event time of the event at bytes[at], Unix seconds. */
export function timeOf(bytes: DataView, at: number): number {
  return bytes.getUint32(at + TIME_AT, true);
}
