import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PendingCall, PendingEvents } from './pending-events.js';

function call(onDelivered: () => void = () => undefined): PendingCall {
  return { pendingCount: 0, settled: Promise.resolve(), onDelivered };
}

describe('PendingEvents', () => {
  it('behaves as a map, with ids that share their probe sequences', () => {
    const operation = fc.record({
      lo: fc.constantFrom(-1, 0, 15, 31, 16),
      hi: fc.nat(3),
      kind: fc.nat(4),
      removes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const pending = new PendingEvents(100);
        const model = new Map<string, PendingCall>();
        for (const { lo, hi, kind, removes } of operations) {
          const key = `${lo} ${hi} ${kind}`;
          if (removes) {
            pending.delivered(lo, hi, kind);
            model.delete(key);
          } else if (!model.has(key) && pending.hasRoomFor(1)) {
            const added = call();
            pending.add(lo, hi, kind, added);
            model.set(key, added);
          }
          expect(pending.count).toBe(model.size);
        }
        for (const lo of [-1, 0, 15, 31, 16])
          for (let hi = 0; hi < 4; hi += 1)
            for (let kind = 0; kind < 5; kind += 1)
              expect(pending.find(lo, hi, kind)).toBe(model.get(`${lo} ${hi} ${kind}`));
      }),
    );
  });

  it('has room for its bound, and no more', () => {
    const pending = new PendingEvents(3);
    const owner = call();
    for (let i = 0; i < 3; i += 1) pending.add(i, i, 0, owner);
    expect(pending.hasRoomFor(1)).toBe(false);
    expect(owner.pendingCount).toBe(3);
    pending.delivered(1, 1, 0);
    expect(pending.hasRoomFor(1)).toBe(true);
  });

  it('tells a call after its last event, and not for events that failed', () => {
    const pending = new PendingEvents(10);
    let toldCount = 0;
    const told = call(() => {
      toldCount += 1;
    });
    pending.add(1, 1, 0, told);
    pending.add(2, 2, 0, told);
    pending.delivered(1, 1, 0);
    pending.delivered(9, 9, 0);
    expect(toldCount).toBe(0);
    pending.delivered(2, 2, 0);
    expect(toldCount).toBe(1);
    pending.add(3, 3, 0, told);
    pending.failed(3, 3, 0, told);
    expect(toldCount).toBe(1);
    expect(pending.count).toBe(0);
  });
});
