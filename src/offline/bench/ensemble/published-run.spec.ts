import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { publishedTable } from './published-run.js';

describe('the published table of times', () => {
  const modelsUs = new Map([
    ['xgb1', 20],
    ['xgb4', 30],
    ['nn1_tweet', 3],
    ['nn1', 4],
  ]);
  const table = publishedTable('embedded', 2, modelsUs, 5_000);
  const valueOf = (phase: string): number | undefined =>
    table.find(({ name }) => name.startsWith(`15M pairs, embedded: ${phase}`))?.value;

  it('has the seconds of 15 million pairs by phase', () => {
    expect(valueOf('preprocess')).toBe(30);
    expect(valueOf('trees')).toBe(750);
    expect(valueOf('nets')).toBe(105);
    expect(valueOf('overall')).toBe(3_000);
  });

  it('has the cost of the overall time on all cores, at the published price per core', () => {
    expect(valueOf('cost')).toBeCloseTo((3_000 / 3_600) * 0.045 * availableParallelism(), 10);
  });

  it('names the published times of each phase', () => {
    expect(table.find(({ name }) => name.includes('overall'))?.note).toBe(
      'published: 30,223 s on 8 CPU cores, 330 s on an A100',
    );
  });
});
