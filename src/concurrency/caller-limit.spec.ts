import { describe, expect, it } from 'vitest';
import { callerLimit } from './caller-limit.js';

/** Units that each of some flooding callers reaches, taking one unit by turns until nobody may take more. */
function heldByFloods(callerCount: number, limit: number): number[] {
  const held = Array.from({ length: callerCount }, () => 0);
  for (let taken = true; taken;) {
    taken = false;
    for (let caller = 0; caller < callerCount; caller += 1) {
      const total = held.reduce((sum, units) => sum + units, 0);
      if (total >= limit || held[caller]! >= callerLimit(limit, total, true)) continue;
      held[caller]! += 1;
      taken = true;
    }
  }
  return held;
}

describe('callerLimit', () => {
  it.each([
    ['alone, with nothing held', 0, false, 1_000],
    ['alone, with a part held', 700, false, 1_000],
    ['beside others, with nothing held', 0, true, 1_000],
    ['beside others, with a part held', 700, true, 300],
    ['beside others, with everything held', 1_000, true, 0],
    ['beside others, with more than everything held', 1_100, true, 0],
  ])('%s', (_name, total, isShared, expected) => {
    expect(callerLimit(1_000, total, isShared)).toBe(expected);
  });

  it.each([
    [1, 500, 500],
    [3, 250, 250],
    [9, 100, 100],
  ])('%i floods have %i units each and leave %i free', (callerCount, each, free) => {
    const held = heldByFloods(callerCount, 1_000);
    for (const units of held) expect(Math.abs(units - each)).toBeLessThanOrEqual(1);
    expect(1_000 - held.reduce((sum, units) => sum + units, 0)).toBeGreaterThanOrEqual(free - 1);
  });
});
