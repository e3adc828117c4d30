import { EVENT_BYTES, IMPRESSION, writeEvent } from '../../../feedback/events/event-record.js';
import { Random } from '../../world/random.js';

/** Events of random bytes: hashes, which are most of a record, do not compress either. */
export function randomEvents(count: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(count * EVENT_BYTES);
  const words = new Uint32Array(bytes.buffer);
  const random = new Random(seed);
  for (let i = 0; i < words.length; i += 1) words[i] = random.next();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += EVENT_BYTES) writeEvent(view, at, IMPRESSION, 0);
  return bytes;
}
