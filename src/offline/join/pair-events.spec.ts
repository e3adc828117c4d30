import { describe, expect, it } from 'vitest';
import { EVENT_BYTES, IMPRESSION, writeEvent } from '../../feedback/events/event-record.js';
import { readPairId } from '../../feedback/events/pair-record.js';
import { PairEvents } from './pair-events.js';

const START_S = 1_614_000_000;
const LIKE = 3;

/** An event of pair `pair`, of a prediction at a time. */
function event(pair: number, kind: number, timeS: number, predictedAtS = START_S): Uint8Array {
  const bytes = new Uint8Array(EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, predictedAtS, true);
  view.setUint32(8, pair, true);
  writeEvent(view, 0, kind, timeS);
  return bytes;
}

function idOf(pair: number): [lo: number, hi: number] {
  const id = { lo: 0, hi: 0 };
  readPairId(new DataView(event(pair, IMPRESSION, START_S).buffer), 0, id);
  return [id.lo, id.hi];
}

describe('PairEvents', () => {
  it('knows the prediction that was shown, and the engagements of its window', () => {
    const events = new PairEvents(1, 10);
    events.add(event(1, LIKE, START_S + 60));
    events.add(event(1, IMPRESSION, START_S + 5));
    events.add(event(1, IMPRESSION, START_S + 900, START_S + 800));
    expect(events.isShown(...idOf(1), START_S)).toBe(true);
    expect(events.isShown(...idOf(1), START_S + 800)).toBe(false);
    expect(events.isShown(...idOf(2), START_S)).toBe(false);
    expect(events.engagementsUntil(...idOf(1), START_S + 60)).toEqual([null, null, null, START_S + 60]);
    expect(events.engagementsUntil(...idOf(1), START_S + 59)).toEqual([null, null, null, null]);
    events.take(...idOf(1));
    expect(events.isShown(...idOf(1), START_S)).toBe(false);
    expect([events.newestEventS, events.eventCount, events.pairCount]).toEqual([START_S + 900, 3, 1]);
  });

  it('holds as many pairs as its bound, and says how to raise it', () => {
    const events = new PairEvents(1, 5_000);
    for (let pair = 1; pair <= 5_000; pair += 1) events.add(event(pair, IMPRESSION, START_S + pair));
    events.add(event(7, LIKE, START_S + 9_000));
    for (let pair = 1; pair <= 5_000; pair += 1) expect(events.isShown(...idOf(pair), START_S)).toBe(true);
    expect(events.engagementsUntil(...idOf(7), START_S + 9_000)[LIKE]).toBe(START_S + 9_000);
    expect(() => events.add(event(5_001, IMPRESSION, START_S))).toThrow(
      /more than 5000 sampled pairs \(--max-pairs\); raise it/,
    );
  });

  it('leaves out blank events and pairs outside of the sample', () => {
    const events = new PairEvents(1_000, 100);
    for (let pair = 1; pair <= 10_000; pair += 1) events.add(event(pair, IMPRESSION, START_S));
    events.add(event(1, 255, START_S));
    expect(events.eventCount).toBe(10_000);
    expect(events.pairCount).toBeGreaterThan(0);
    expect(events.pairCount).toBeLessThan(40);
  });
});
