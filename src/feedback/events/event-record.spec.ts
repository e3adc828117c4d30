import { describe, expect, it } from 'vitest';
import { TARGETS } from '../../pairs/targets.js';
import { EVENT_BYTES, EVENT_KIND_COUNT, IMPRESSION, kindOf, timeOf, writeEvent } from './event-record.js';
import { PAIR_RECORD_BYTES } from './pair-record.js';

describe('an event record', () => {
  it('has kind and time behind the pair record, and nothing else', () => {
    const view = new DataView(new ArrayBuffer(2 * EVENT_BYTES + 1));
    for (let kind = 0; kind < EVENT_KIND_COUNT; kind += 1) {
      writeEvent(view, 3, kind, 2 ** 32 - 1 - kind);
      expect([kindOf(view, 3), timeOf(view, 3)]).toEqual([kind, 2 ** 32 - 1 - kind]);
    }
    const written = [...new Uint8Array(view.buffer)].flatMap((byte, at) => (byte === 0 ? [] : [at]));
    expect(Math.min(...written)).toBe(3 + PAIR_RECORD_BYTES);
    expect(Math.max(...written)).toBe(3 + EVENT_BYTES - 1);
  });

  it('has a kind for each target and the impression', () => {
    expect([IMPRESSION, EVENT_KIND_COUNT]).toEqual([TARGETS.length, TARGETS.length + 1]);
  });
});
