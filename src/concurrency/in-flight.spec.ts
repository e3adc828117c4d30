import { describe, expect, it } from 'vitest';
import { InFlight } from './in-flight.js';

describe('InFlight', () => {
  it('is idle before any work', async () => {
    expect(await new InFlight().whenIdle(0)).toBe(true);
  });

  it('counts units, and is idle when the last one has left', async () => {
    const inFlight = new InFlight();
    inFlight.enter(3);
    inFlight.enter();
    const waits = [inFlight.whenIdle(), inFlight.whenIdle(60_000)];
    inFlight.leave(3);
    expect(inFlight.count).toBe(1);
    expect(await inFlight.whenIdle(0)).toBe(false);
    inFlight.leave();
    expect(await Promise.all(waits)).toEqual([true, true]);
  });

  it('can be waited for again', async () => {
    const inFlight = new InFlight();
    for (let round = 0; round < 2; round += 1) {
      inFlight.enter();
      expect(await inFlight.whenIdle(0)).toBe(false);
      const idle = inFlight.whenIdle();
      inFlight.leave();
      expect(await idle).toBe(true);
    }
  });
});
