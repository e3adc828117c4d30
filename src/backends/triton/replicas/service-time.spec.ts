import { describe, expect, it } from 'vitest';
import { ServiceTime } from './service-time.js';

describe('ServiceTime', () => {
  it('is zero before the first call', () => {
    expect(new ServiceTime().at(1_000)).toBe(0);
  });

  it('follows a slow call at once, and fast calls slowly', () => {
    const time = new ServiceTime();
    time.observe(10, 0);
    time.observe(500, 100);
    expect(time.at(100)).toBe(500);
    time.observe(10, 200);
    expect(time.at(200)).toBeGreaterThan(450);
    for (let nowMs = 300; nowMs < 60_000; nowMs += 100) time.observe(10, nowMs);
    expect(time.at(60_000)).toBeLessThan(12);
  });

  it('decays without calls, so that a slow server is tried again', () => {
    const time = new ServiceTime();
    time.observe(500, 0);
    expect(time.at(60_000)).toBeLessThan(2);
  });
});
