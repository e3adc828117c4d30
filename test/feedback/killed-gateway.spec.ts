import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { laneOf, setNumber, COMPONENT_LANES } from '../../src/features/key-components.js';
import { hashKey, keySetOf } from '../../src/features/key-sets.js';
import type { StateSettings } from '../../src/feedback/learning/state-settings.js';
import { LiveStatistics } from '../../src/feedback/live-statistics.js';
import { HORIZON_VALUES } from '../../src/statistics/record-layout.js';
import type { StatisticsTables } from '../../src/statistics/statistics-tables.js';
import { emptyStatistics } from '../support/feedback/empty-statistics.js';
import { AUTHOR_COUNT, NUMBERED_AT_S } from '../support/feedback/numbered-impressions.js';
import { stateFolder, stateSettings } from '../support/feedback/state-world.js';

/** Kills: 5, or the number in KILL_ROUNDS (50 in the full suite). */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 5);
const SEED = Number(process.env['KILL_SEED'] ?? 1);
const STREAM_COUNT = 4;
const CHILD = new URL('killed-gateway.ts', import.meta.url).pathname;
const RESOLUTION = new URL('../../scripts/typescript-resolution.mjs', import.meta.url).href;

/** Impressions of a key. */
function countOf(
  statistics: StatisticsTables,
  keySet: string,
  component: 'author' | 'reader',
  value: number,
) {
  const components = new Int32Array(COMPONENT_LANES);
  setNumber(components, laneOf(component), value);
  const key = { lo: 0, hi: 0 };
  hashKey(keySetOf(keySet), components, key);
  const table = statistics.tables.find(({ name }) => name === keySet)!;
  const values = new Float64Array(HORIZON_VALUES);
  table.read(table.find(key.lo, key.hi), 0, NUMBERED_AT_S, values);
  return values[0]!;
}

/** Runs a process under load and kills it. @returns first numbers of the acknowledged calls, and the first unused number */
async function killedRun(settings: StateSettings, first: number, lifeMs: number) {
  const args = ['--experimental-transform-types', '--no-warnings', '--import', RESOLUTION, CHILD];
  const child = spawn(
    process.execPath,
    [...args, JSON.stringify(settings), String(first), String(STREAM_COUNT)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout });
  const acknowledged: [number, number][] = [];
  const begun = Promise.withResolvers<void>();
  child.once('exit', () => begun.resolve());
  lines.on('line', (line) => {
    const [from, to] = line.split(' ').map(Number);
    // The last line may be cut.
    if (to !== undefined && line.split(' ').length === 2) acknowledged.push([from!, to]);
    begun.resolve();
  });
  await begun.promise;
  await setTimeout(lifeMs);
  const ended = new Promise((resolve) => void lines.once('close', resolve));
  expect(child.kill('SIGKILL')).toBe(true);
  await ended;
  return acknowledged;
}

describe(`a gateway that is killed ${ROUNDS} times under load (KILL_ROUNDS), seed ${SEED} (KILL_SEED)`, () => {
  it('loses no acknowledged event, and counts none twice', { timeout: 60_000 * (ROUNDS + 2) }, async () => {
    const settings = stateSettings(stateFolder(), emptyStatistics(), {
      snapshotIntervalMs: 150,
      // Small bounds, so that snapshots, trimming and the growth of tables happen all the time.
      maxEventsBehindCount: 2_000,
    });
    const acknowledged: [number, number][] = [];
    let random = SEED;
    let first = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      const calls = await killedRun(settings, first, random % 1_500);
      expect(calls.length).toBeGreaterThan(0);
      acknowledged.push(...calls);
      // Calls after the last line may be in flight: their numbers are not used again.
      first = Math.max(...calls.map(([, to]) => to)) + 10_000;
    }
    const release = emptyStatistics();
    const live = await LiveStatistics.start({ settings, tables: release.tables, warn: () => undefined });
    try {
      const readers = new Float64Array(first).map((_, i) => countOf(release, 'b_user_id', 'reader', i));
      // Unacknowledged events may be counted or not; no event counts twice.
      expect(readers.every((count) => count === 0 || count === 1)).toBe(true);
      const lost = acknowledged.flatMap(([from, to]) =>
        Array.from({ length: to - from }, (_, i) => from + i).filter((i) => readers[i] !== 1),
      );
      expect(lost).toEqual([]);
      const appliedCount = readers.reduce((sum, count) => sum + count, 0);
      expect(live.freshness.appliedCount).toBe(appliedCount);
      for (let author = 0; author < AUTHOR_COUNT; author += 1) {
        const expected = readers.reduce(
          (sum, count, i) => sum + (i % AUTHOR_COUNT === author ? count : 0),
          0,
        );
        expect(countOf(release, 'a_user_id', 'author', author)).toBe(expected);
      }
    } finally {
      await live.close();
    }
  });
});
