import { EVENT_BYTES, IMPRESSION, writeEvent } from '../../../src/feedback/events/event-record.js';

/** Bytes of a pair record that hold the hash of the reader: every number is a pair of its own. */
const READER_AT = 8;

/** Impressions of distinct pairs, numbered from `first` on. */
export function eventsOfPairs(first: number, count: number): Uint8Array<ArrayBuffer> {
  const events = new Uint8Array(count * EVENT_BYTES);
  const view = new DataView(events.buffer);
  for (let row = 0; row < count; row += 1) {
    view.setInt32(row * EVENT_BYTES + READER_AT, first + row, true);
    writeEvent(view, row * EVENT_BYTES, IMPRESSION, 1_612_000_000);
  }
  return events;
}

/** Numbers of events that `eventsOfPairs` has made. */
export function numbersOf(events: Uint8Array): number[] {
  const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
  return Array.from({ length: events.length / EVENT_BYTES }, (_, row) =>
    view.getInt32(row * EVENT_BYTES + READER_AT, true),
  );
}
