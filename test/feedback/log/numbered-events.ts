import { EVENT_BYTES } from '../../../src/feedback/events/event-record.js';
import type { EventLog, LogPosition } from '../../../src/feedback/log/event-log.js';

/** Events whose first four bytes are first, first + 1, ..., followed by a text that a test can find in a file. */
export function numberedEvents(first: number, count: number, text = ''): Uint8Array {
  const bytes = new Uint8Array(count * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i += 1) {
    view.setUint32(i * EVENT_BYTES, first + i, true);
    bytes.set(new TextEncoder().encode(text), i * EVENT_BYTES + 4);
  }
  return bytes;
}

/** Numbers of events. */
export function numbersOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / EVENT_BYTES }, (_, i) => view.getUint32(i * EVENT_BYTES, true));
}

/** Numbers of the events that a log holds from a position on. */
export async function storedNumbers(log: EventLog, from?: LogPosition): Promise<number[]> {
  const all: number[] = [];
  await log.consume(from, ({ events }) => {
    all.push(...numbersOf(events));
  });
  return [...all];
}

/** from, from + 1, ..., to - 1. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
