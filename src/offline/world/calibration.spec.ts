import { describe, expect, it } from 'vitest';
import { Calibration, formatCalibration } from './calibration.js';
import { World } from './world.js';

describe('Calibration', () => {
  const worlds = [1, 2, 3].map((seed) => new World({ seed, userCount: 6000, pairsPerDay: 50_000 }));

  it.each(worlds)('finds every published figure in a world of 100,000 rows, $parameters.seed', (world) => {
    const calibration = new Calibration();
    for (const day of [2, 13]) {
      for (const batch of world.generateDay(day)) for (const pair of batch) calibration.add(pair);
    }
    const lines = calibration.lines();
    expect(lines.filter(({ isWithin }) => !isWithin)).toEqual([]);
    expect(lines).toHaveLength(4 + 16 + 5 + 20 + 10);
    // The joint shares and the shares of authors are each all there is.
    for (const kind of ['rows with', 'authors in']) {
      const shares = lines.filter(({ figure }) => figure.startsWith(kind));
      expect(shares.reduce((sum, { world: share }) => sum + share, 0)).toBeCloseTo(1, 9);
    }
  });

  it('finds fault with rows that are not like the published ones', () => {
    const calibration = new Calibration();
    for (const batch of worlds[0]!.generateDay(0)) {
      for (const { row, truth } of batch) {
        if (row.engagementTimesS![3] !== null) continue;
        calibration.add({ row: { ...row, textTokens: row.textTokens.slice(0, 8) }, truth });
      }
    }
    const off = calibration.lines().filter(({ isWithin }) => !isWithin);
    expect(off.map(({ figure }) => figure)).toEqual(
      expect.arrayContaining([
        'rate of like',
        'rows with no label',
        'rows with like',
        'ln(tokens + 1), mean',
      ]),
    );
    expect(formatCalibration(off)).toMatch(/rate of like +0\.3967 +0\.000000 +\S+ +OFF/);
  });

  it('has nothing to say about no rows', () => {
    expect(new Calibration().lines()).toEqual([]);
  });
});
