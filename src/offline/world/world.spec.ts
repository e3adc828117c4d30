import { describe, expect, it } from 'vitest';
import { formatPartRow } from '../../pairs/part-file-writer.js';
import { World, type WorldPair, type WorldParameters } from './world.js';
import { DAY_S } from '../../pairs/unix-time.js';

const PARAMETERS: WorldParameters = { seed: 5, userCount: 400, pairsPerDay: 5000 };

describe('World', () => {
  it('is the same for the same seed and another for another', () => {
    expect(linesOf(new World(PARAMETERS), 1)).toEqual(linesOf(new World(PARAMETERS), 1));
    expect(linesOf(new World({ ...PARAMETERS, seed: 6 }), 1)).not.toEqual(linesOf(new World(PARAMETERS), 1));
  });

  it('makes a day the same whichever days were made before it', () => {
    const forward = new World(PARAMETERS);
    const days = [0, 1, 2, 3].map((day) => linesOf(forward, day));
    const backward = new World(PARAMETERS);
    for (const day of [3, 0, 2, 1]) expect(linesOf(backward, day)).toEqual(days[day]);
    expect(days[0]).not.toEqual(days[1]);
  });

  it('keeps the people of a world when only the rows per day change', () => {
    const readers = (pairsPerDay: number): Set<string> =>
      new Set(pairsOf(new World({ ...PARAMETERS, pairsPerDay }), 0).map(({ row }) => row.reader.id));
    const many = readers(20_000);
    for (const id of readers(1000)) expect(many.has(id)).toBe(true);
  });

  it('yields exactly the wanted rows in batches of at most 1,024, in ascending tweet time inside the day', () => {
    const world = new World(PARAMETERS);
    const sizes = Array.from(world.generateDay(2), (batch) => batch.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1024);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(PARAMETERS.pairsPerDay);
    const times = pairsOf(world, 2).map(({ row }) => row.tweetCreatedAtS);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(world.startS + 2 * DAY_S);
    expect(times.at(-1)).toBeLessThan(world.startS + 3 * DAY_S);
  });

  it('shows a tweet to a reader once, never to its own author, and to several readers', () => {
    const pairs = pairsOf(new World(PARAMETERS), 0);
    const keys = new Set(pairs.map(({ row }) => `${row.tweetId} ${row.reader.id}`));
    expect(keys.size).toBe(pairs.length);
    expect(pairs.filter(({ row }) => row.author.id === row.reader.id)).toEqual([]);
    expect(pairs.length / new Set(pairs.map(({ row }) => row.tweetId)).size).toBeGreaterThan(3);
  });

  it('brings the same reader and author together again and again', () => {
    const pairs = [0, 1, 2].flatMap((day) => pairsOf(new World(PARAMETERS), day));
    const counts = new Map<string, number>();
    for (const { row } of pairs) {
      const key = row.author.id + row.reader.id;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const recurring = [...counts.values()]
      .filter((count) => count > 1)
      .reduce((sum, count) => sum + count, 0);
    expect(recurring / pairs.length).toBeGreaterThan(0.5);
  });

  it('draws the labels from the truth it tells', () => {
    const pairs = [0, 1, 2, 3].flatMap((day) => pairsOf(new World(PARAMETERS), day));
    for (let target = 0; target < 4; target += 1) {
      let expected = 0;
      let variance = 0;
      let seen = 0;
      for (const { row, truth } of pairs) {
        const p = truth[target]!;
        expected += p;
        variance += p * (1 - p);
        if (row.engagementTimesS![target] !== null) seen += 1;
      }
      expect(Math.abs(seen - expected)).toBeLessThan(4 * Math.sqrt(variance));
    }
  });

  it('lets engagements fall seconds to days after the tweet', () => {
    const delays = pairsOf(new World(PARAMETERS), 0).flatMap(({ row }) =>
      row.engagementTimesS!.filter((timeS) => timeS !== null).map((timeS) => timeS - row.tweetCreatedAtS),
    );
    delays.sort((a, b) => a - b);
    expect(delays[0]).toBeGreaterThan(0);
    expect(delays.every(Number.isInteger)).toBe(true);
    expect(delays[Math.floor(delays.length / 2)]).toBeGreaterThan(300);
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(7200);
    expect(delays.at(-1)).toBeGreaterThan(DAY_S);
    expect(delays.at(-1)).toBeLessThanOrEqual(6 * DAY_S);
  });

  it('tells the causes of each pair in the order of the rows', () => {
    const world = new World(PARAMETERS);
    const sums: number[] = [];
    const batches = [
      ...world.generateDay(0, (parts) => sums.push(parts.reduce((sum, part) => sum + part, 0))),
    ];
    expect(sums).toHaveLength(PARAMETERS.pairsPerDay);
    expect(new Set(sums).size).toBeGreaterThan(0.99 * sums.length);
    expect(batches.flat()).toEqual(pairsOf(world, 0));
  });

  it.each([
    [{ seed: -1 }, 'seed is -1'],
    [{ seed: 1.5 }, 'seed is 1.5'],
    [{ userCount: 99 }, 'userCount is 99'],
    [{ pairsPerDay: 0 }, 'pairsPerDay is 0'],
    [{ startS: Number.NaN }, 'startS is NaN'],
  ])('refuses %o', (wrong, message) => {
    expect(() => new World({ ...PARAMETERS, ...wrong })).toThrow(message);
  });

  it('refuses a day before the first', () => {
    expect(() => new World(PARAMETERS).generateDay(-1).next()).toThrow('day is -1');
  });
});

function pairsOf(world: World, day: number): WorldPair[] {
  return [...world.generateDay(day)].flat();
}

function linesOf(world: World, day: number): string[] {
  return pairsOf(world, day).map(({ row, truth }) => `${formatPartRow(row)} ${truth.join(' ')}`);
}
