import { EVENT_BYTES, kindOf } from '../events/event-record.js';
import type { EventFilter } from './event-log.js';

/** Kind of an erased event. The other bytes of its record are zeros. */
export const BLANK = 255;

const KIND_AT = EVENT_BYTES - 5;

/**
 * Erases events in place.
 * @param events n x EVENT_BYTES, modified
 * @returns number of events erased; events that were blank before do not count
 */
export function blankEvents(events: Uint8Array, isErased: EventFilter): number {
  const view = viewOf(events);
  let count = 0;
  for (let at = 0; at < events.length; at += EVENT_BYTES) {
    if (kindOf(view, at) === BLANK || !isErased(view, at)) continue;
    events.fill(0, at, at + EVENT_BYTES);
    events[at + KIND_AT] = BLANK;
    count += 1;
  }
  return count;
}

/**
 * Copies the events that are not blank to out[at ..].
 * @returns offset in `out` behind the last copied event
 */
export function copyEvents(events: Uint8Array, out: Uint8Array, at: number): number {
  let from = 0;
  let end = at;
  for (let next = 0; next <= events.length; next += EVENT_BYTES) {
    if (next < events.length && events[next + KIND_AT] !== BLANK) continue;
    out.set(events.subarray(from, next), end);
    end += next - from;
    from = next + EVENT_BYTES;
  }
  return end;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
