import { COMPONENT_LANES, laneOf, setNumber } from '../../../src/features/key-components.js';
import { EVENT_BYTES, IMPRESSION, writeEvent } from '../../../src/feedback/events/event-record.js';
import { writePairRecord } from '../../../src/feedback/events/pair-record.js';
import { TEST_SCHEME } from './test-scheme.js';

/** Event time of all numbered events: no decay, so counters are whole numbers. Unix seconds. */
export const NUMBERED_AT_S = 1_700_000_000;

/** Number of authors of the numbered events. */
export const AUTHOR_COUNT = 7;

/** Impressions numbered first .. first + count - 1: each of a reader of its own, whose author is the number modulo AUTHOR_COUNT. */
export function numberedImpressions(
  first: number,
  count: number,
  keyScheme = TEST_SCHEME,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  const components = new Int32Array(COMPONENT_LANES);
  setNumber(components, laneOf('tweet'), 1);
  for (let i = 0; i < count; i += 1) {
    setNumber(components, laneOf('reader'), first + i);
    setNumber(components, laneOf('author'), (first + i) % AUTHOR_COUNT);
    const head = { keyScheme, predictedAtS: NUMBERED_AT_S };
    writePairRecord(head, components, { lo: 0, hi: 0 }, view, i * EVENT_BYTES);
    writeEvent(view, i * EVENT_BYTES, IMPRESSION, NUMBERED_AT_S);
  }
  return bytes;
}
