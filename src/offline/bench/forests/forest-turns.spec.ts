import { describe, expect, it } from 'vitest';
import { contestFigures, measureByTurns } from './forest-turns.js';

describe('turns of the forest walker and XGBoost', () => {
  it('alternate, and the first round of each load does not count', async () => {
    const turns: string[] = [];
    const side = (who: string, warmUpUs: number, us: number) => {
      const seen = new Set<string>();
      return (names: readonly string[], { rowCount }: { rowCount: number }): number => {
        const load = `${names.join('+')} ${rowCount}`;
        turns.push(`${who} ${load}`);
        if (seen.has(load)) return us;
        seen.add(load);
        return warmUpUs;
      };
    };
    const contests = [
      { name: 'a', forests: ['a'] },
      { name: 'all', forests: ['a', 'b'] },
    ];
    const targets = { 1_024: '<= 0.3' };
    const figures = await measureByTurns(contests, side('ours', 900, 2), side('theirs', 1, 8), targets);
    expect(turns.slice(0, 4)).toEqual(['ours a 1024', 'theirs a 1024', 'ours a 1024', 'theirs a 1024']);
    expect(new Set(turns)).toContain('ours a+b 1');
    const ratios = figures.filter(({ name }) => name.endsWith('ours / XGBoost'));
    expect(ratios).toHaveLength(6);
    for (const ratio of ratios) expect(ratio).toMatchObject({ value: 0.25, p10: 0.25, p90: 0.25 });
    expect(ratios.map(({ target }) => target)).toEqual([
      '<= 0.3',
      '<= 0.3',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('give the median of the ratios of the rounds, not the ratio of the medians', () => {
    const samples = { ours: [1, 2, 9], theirs: [10, 40, 10] };
    const figures = contestFigures('a', 1, samples);
    expect(figures.map(({ name, value }) => [name, value])).toEqual([
      ['a, calls of 1 row: forest walker', 2],
      ['a, calls of 1 row: XGBoost', 10],
      ['a, calls of 1 row: ours / XGBoost', 0.1],
    ]);
  });
});
