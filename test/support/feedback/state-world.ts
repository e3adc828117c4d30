import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Vocabulary } from '../../../src/features/text/vocabulary.js';
import type { StateSettings } from '../../../src/feedback/learning/state-settings.js';
import { StatisticsLearner } from '../../../src/offline/replay/statistics-learner.js';
import { World } from '../../../src/offline/world/world.js';
import { TweetRows } from '../../../src/features/tweet-rows.js';
import { PairBatchBuilder } from '../../../src/pairs/pair-batch-builder.js';
import type { PartRow } from '../../../src/pairs/part-row.js';
import { DAY_S } from '../../../src/pairs/unix-time.js';
import { writeSnapshot } from '../../../src/statistics/snapshot-file.js';
import type { StatisticsTables } from '../../../src/statistics/statistics-tables.js';
import { emptyStatistics } from './empty-statistics.js';
import { labelledEvents } from './labelled-events.js';
import { TEST_SCHEME } from './test-scheme.js';

const world = new World({ seed: 9, userCount: 150, pairsPerDay: 1_000 });

/** Vocabulary of the rows. */
export const vocabulary = Vocabulary.parse(new TextEncoder().encode(world.vocabularyText()));

/** Labelled rows of two days, in the order of their tweets' times. */
export const rows: readonly PartRow[] = [0, 1].flatMap((day) =>
  [...world.generateDay(day)].flat().map(({ row }) => row),
);

/** Events of the rows, in the order of their time. */
export const rowEvents = labelledEvents(rows, vocabulary, emptyStatistics());

/** Tables that replay writes for rows. */
export function replayed(ofRows: readonly PartRow[]): StatisticsTables {
  const statistics = emptyStatistics();
  const learner = new StatisticsLearner(statistics);
  const tweetRows = new TweetRows(vocabulary, statistics, 'all');
  const builder = new PairBatchBuilder();
  for (const row of ofRows) builder.addPartRow(row);
  tweetRows.begin(builder.toBatch());
  ofRows.forEach(({ engagementTimesS }, pair) => learner.observe(tweetRows, pair, engagementTimesS!));
  learner.advanceTo(Infinity);
  return statistics;
}

/** An empty folder that is removed after the test. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pairstream-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Settings of a state whose statistics file holds `statistics`. */
export function stateSettings(
  folder: string,
  statistics: StatisticsTables = emptyStatistics(),
  changes: Partial<StateSettings> = {},
): StateSettings {
  const statisticsPath = join(folder, 'release.snapshot');
  mkdirSync(folder, { recursive: true });
  writeSnapshot(statisticsPath, statistics);
  return {
    folder: join(folder, 'state'),
    statisticsPath,
    keyScheme: TEST_SCHEME,
    windowS: 7 * DAY_S,
    maxSeenPairCount: 1_000_000,
    maxStatisticsBytes: 1 << 30,
    maxPendingCount: 65_536,
    snapshotIntervalMs: 3_600_000,
    maxEventsBehindCount: 1_000_000,
    log: { kind: 'embedded', maxBytes: 1 << 28 },
    ...changes,
  };
}
