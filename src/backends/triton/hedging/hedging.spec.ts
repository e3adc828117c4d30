import { describe, expect, it } from 'vitest';
import { HedgeBudget } from './hedge-budget.js';
import { RecentTimes } from './recent-times.js';

describe('HedgeBudget', () => {
  it('allows its share of the calls', () => {
    const budget = new HedgeBudget(0.05);
    let hedges = 0;
    for (let call = 0; call < 10_000; call += 1) {
      budget.earn();
      if (budget.take()) hedges += 1;
    }
    expect(hedges).toBeGreaterThan(490);
    expect(hedges).toBeLessThanOrEqual(500);
  });

  it('saves up ten hedges at most', () => {
    const budget = new HedgeBudget(0.5);
    for (let call = 0; call < 1_000; call += 1) budget.earn();
    const taken = Array.from({ length: 20 }, () => budget.take());
    expect(taken.filter(Boolean)).toHaveLength(10);
  });
});

describe('RecentTimes', () => {
  it('has no percentile before 32 calls', () => {
    const times = new RecentTimes();
    for (let call = 0; call < 31; call += 1) times.add(call);
    expect(times.p95Ms).toBeUndefined();
    times.add(31);
    expect(times.p95Ms).toBe(29);
  });

  it('forgets calls before the last 256', () => {
    const times = new RecentTimes();
    for (let call = 0; call < 256; call += 1) times.add(1_000);
    for (let call = 0; call < 256; call += 1) times.add(10);
    expect(times.p95Ms).toBe(10);
  });
});
