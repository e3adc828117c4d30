import { randomFillSync } from 'node:crypto';
import { EVENT_BYTES } from '../../../feedback/events/event-record.js';

/** Event records of random bytes: each is of another pair. */
export function randomEvents(count: number): Uint8Array<ArrayBuffer> {
  return randomFillSync(new Uint8Array(count * EVENT_BYTES));
}
