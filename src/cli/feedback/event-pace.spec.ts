import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { EventPace, parseSpeed } from './event-pace.js';

const START_S = 1_600_000_000;

describe('parseSpeed', () => {
  it.each([
    ['max', Infinity],
    ['1x', 1],
    ['60x', 60],
    ['0.5x', 0.5],
  ])('takes %s', (text, expected) => {
    expect(parseSpeed(text)).toBe(expected);
  });

  it.each(['', '1', 'x', '0x', '-1x', '1 x', 'fast'])('refuses "%s"', (text) => {
    expect(() => parseSpeed(text)).toThrow(InvalidArgumentError);
  });
});

describe('EventPace', () => {
  it('has every event due at once without a factor', async () => {
    const pace = new EventPace(Infinity);
    expect(pace.isDue(START_S)).toBe(true);
    expect(pace.isDue(START_S + 1e9)).toBe(true);
    await pace.until(START_S + 1e9, AbortSignal.abort());
  });

  it('starts with the first event, and makes later events wait until the signal', async () => {
    const pace = new EventPace(60);
    expect(pace.isDue(START_S)).toBe(true);
    expect(pace.isDue(START_S - 3_600)).toBe(true);
    expect(pace.isDue(START_S + 1e6)).toBe(false);
    const stop = new AbortController();
    const waiting = pace.until(START_S + 1e9, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
  });

  it('comes to an event after its time has passed', async () => {
    const pace = new EventPace(1_000);
    expect(pace.isDue(START_S)).toBe(true);
    await pace.until(START_S + 5, AbortSignal.any([]));
    expect(pace.isDue(START_S + 5)).toBe(true);
  });
});
