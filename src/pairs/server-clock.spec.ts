import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.js';
import { DAY_S } from './unix-time.js';

const START_S = 1_700_000_000;

/** A clock whose sources a test moves. */
function movedClock() {
  const warnings: string[] = [];
  let wallS = START_S;
  let monotonicS = 50;
  const clock = new ServerClock({
    warn: (line) => warnings.push(line),
    wallMs: () => wallS * 1_000,
    monotonicMs: () => monotonicS * 1_000,
  });
  return {
    clock,
    warnings,
    pass: (seconds: number) => {
      wallS += seconds;
      monotonicS += seconds;
    },
    step: (seconds: number) => {
      wallS += seconds;
    },
  };
}

describe('ServerClock', () => {
  it('follows the clock of the system', () => {
    const { clock, pass } = movedClock();
    pass(10);
    expect(clock.now.nowS).toBe(START_S + 10);
    expect(clock.problem).toBeUndefined();
  });

  it.each([1, 3_600, DAY_S])('follows a step of %i s ahead', (seconds) => {
    const { clock, step, warnings } = movedClock();
    step(seconds);
    expect(clock.now.nowS).toBe(START_S + seconds);
    expect(warnings).toEqual([]);
  });

  it.each([1, 3_600, DAY_S])('follows a step of %i s back, and knows the latest time', (seconds) => {
    const { clock, step, pass, warnings } = movedClock();
    pass(10);
    expect(clock.now).toEqual({ nowS: START_S + 10, newestS: START_S + 10 });
    step(-seconds);
    expect(clock.now).toEqual({ nowS: START_S + 10 - seconds, newestS: START_S + 10 });
    pass(seconds + 5);
    expect(clock.now).toEqual({ nowS: START_S + 15, newestS: START_S + 15 });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['ahead', DAY_S + 1],
    ['ahead', 730 * DAY_S],
    ['back', -DAY_S - 1],
    ['back', -START_S],
  ])('does not follow a step of more than a day %s (%i s), until the clock returns', (direction, seconds) => {
    const { clock, step, pass, warnings } = movedClock();
    step(seconds);
    pass(20);
    expect(clock.now.nowS).toBe(START_S + 20);
    pass(3 * DAY_S);
    expect(clock.now.nowS).toBe(START_S + 20 + 3 * DAY_S);
    expect(clock.problem).toContain(`jumped ${direction} by ${Math.abs(seconds)} s`);
    expect(warnings).toEqual([expect.stringContaining('restart the gateway')]);
    step(-seconds);
    expect(clock.problem).toBeUndefined();
    pass(1);
    expect(clock.now.nowS).toBe(START_S + 21 + 3 * DAY_S);
    step(seconds);
    expect(clock.problem).toContain(direction);
    expect(warnings).toHaveLength(2);
  });
});
