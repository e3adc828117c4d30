import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_S } from '../../pairs/unix-time.js';
import { EVENT_KIND_COUNT } from '../events/event-record.js';
import { SeenEvents } from './seen-events.js';

const KEPT_S = 8 * DAY_S;
const NOW_S = 20_000 * DAY_S + 5;

function create(maxPairCount = 1_000_000): SeenEvents {
  return new SeenEvents({ keptS: KEPT_S, maxPairCount });
}

/** A pair id for a number, spread as a hash is. */
function idOf(i: number): [number, number] {
  return [Math.imul(i, 0x9e3779b1), Math.imul(i ^ 0x5bd1e995, 0x85ebca6b)];
}

function copyOf(seen: Iterable<Uint8Array>): SeenEvents {
  const copy = create();
  for (const chunk of seen) expect(copy.restore(chunk)).toBe(true);
  return copy;
}

describe('SeenEvents', () => {
  it('adds a million duplicates once', () => {
    const seen = create();
    let newCount = 0;
    for (let i = 0; i < 1_000_000; i += 1)
      if (seen.add(...idOf(i % 1_000), i % EVENT_KIND_COUNT, NOW_S - (i % 7) * DAY_S)) newCount += 1;
    // 1,000 and 5 have the common divisor 5: each pair occurs with one kind.
    expect(newCount).toBe(1_000);
    expect(seen.pairCount).toBe(1_000);
  });

  it('keeps the kinds of a pair apart', () => {
    const seen = create();
    for (let kind = 0; kind < EVENT_KIND_COUNT; kind += 1) {
      expect(seen.has(1, 2, kind)).toBe(false);
      expect(seen.add(1, 2, kind, NOW_S)).toBe(true);
      expect(seen.add(1, 2, kind, NOW_S)).toBe(false);
      expect(seen.has(1, 2, kind)).toBe(true);
    }
    expect(seen.pairCount).toBe(1);
    expect(seen.has(2, 1, 0)).toBe(false);
  });

  it('finds a duplicate with another event time', () => {
    const seen = create();
    seen.add(3, 4, 0, NOW_S);
    expect(seen.add(3, 4, 0, NOW_S - 5 * DAY_S)).toBe(false);
    expect(seen.add(3, 4, 0, NOW_S + DAY_S)).toBe(false);
  });

  it('holds ids whose probe sequences pass the end of a shard', () => {
    const seen = create();
    // Equal low lanes of all ones: every id begins at the last slot of one shard.
    for (let i = 0; i < 2_000; i += 1) expect(seen.add(-1, i, 4, NOW_S)).toBe(true);
    for (let i = 0; i < 2_000; i += 1) expect(seen.has(-1, i, 4)).toBe(true);
    expect(seen.has(-1, 2_000, 4)).toBe(false);
    expect(seen.add(0, 0, 0, NOW_S)).toBe(true);
    expect(seen.add(0, 0, 0, NOW_S)).toBe(false);
  });

  it('forgets a day when the watermark has passed it by the kept time, not earlier', () => {
    const seen = create();
    seen.add(1, 1, 0, NOW_S - 8 * DAY_S);
    seen.add(2, 2, 0, NOW_S);
    seen.advance(NOW_S);
    expect(seen.has(1, 1, 0)).toBe(true);
    seen.advance(NOW_S + DAY_S);
    expect(seen.has(1, 1, 0)).toBe(false);
    expect(seen.has(2, 2, 0)).toBe(true);
    expect(seen.pairCount).toBe(1);
    // The watermark never goes back.
    seen.advance(NOW_S - 20 * DAY_S);
    expect(seen.has(2, 2, 0)).toBe(true);
  });

  it('remembers an event older than the kept time as long as the oldest day', () => {
    const seen = create();
    seen.advance(NOW_S);
    expect(seen.add(1, 1, 0, NOW_S - 30 * DAY_S)).toBe(true);
    expect(seen.add(1, 1, 0, NOW_S - 30 * DAY_S)).toBe(false);
  });

  it('tells that it is full, and adds events of the log all the same', () => {
    const seen = create(10);
    for (let i = 0; i < 10; i += 1) seen.add(...idOf(i), 0, NOW_S);
    expect(seen.hasRoomFor(0)).toBe(true);
    expect(seen.hasRoomFor(1)).toBe(false);
    expect(seen.add(...idOf(11), 0, NOW_S)).toBe(true);
    seen.advance(NOW_S + 9 * DAY_S);
    expect(seen.hasRoomFor(10)).toBe(true);
  });

  it('encodes the set as it was when the snapshot began', () => {
    const seen = create();
    for (let i = 0; i < 20_000; i += 1) seen.add(...idOf(i), 0, NOW_S);
    const snapshot = seen.snapshot();
    const chunks = [snapshot.next().value!];
    for (let i = 15_000; i < 40_000; i += 1) {
      seen.add(...idOf(i), 1, NOW_S);
      if (i % 250 === 0) chunks.push(snapshot.next().value!);
    }
    const copy = copyOf([...chunks, ...snapshot]);
    expect(copy.pairCount).toBe(20_000);
    for (let i = 0; i < 40_000; i += 1) {
      expect(copy.has(...idOf(i), 0)).toBe(i < 20_000);
      expect(copy.has(...idOf(i), 1)).toBe(false);
    }
    expect(copyOf(seen.snapshot()).pairCount).toBe(40_000);
  });

  it('gives the same answers after a snapshot and its restore, at every watermark', () => {
    const event = fc.record({
      id: fc.integer({ min: 0, max: 50 }),
      kind: fc.nat(EVENT_KIND_COUNT - 1),
      day: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, after) => {
        const seen = create();
        const addTo = (set: SeenEvents) => (e: { id: number; kind: number; day: number }) => {
          const isNew = set.add(...idOf(e.id), e.kind, e.day * DAY_S);
          set.advance(e.day * DAY_S);
          return isNew;
        };
        before.forEach(addTo(seen));
        const copy = copyOf(seen.snapshot());
        copy.advance(Math.max(0, ...before.map(({ day }) => day)) * DAY_S);
        expect(after.map(addTo(copy))).toEqual(after.map(addTo(seen)));
        expect(copy.pairCount).toBe(seen.pairCount);
      }),
    );
  });

  it('refuses chunks of another length', () => {
    const seen = create();
    seen.add(1, 2, 3, NOW_S);
    const [chunk] = seen.snapshot();
    expect(create().restore(chunk!.subarray(0, chunk!.length - 1))).toBe(false);
    expect(create().restore(new Uint8Array(4))).toBe(false);
  });
});
