import type { StateGaugeName } from '../../feedback/learning/state-gauges.js';
import type { LiveStatistics } from '../../feedback/live-statistics.js';
import type { StatisticsTable } from '../../statistics/statistics-table.js';
import type { LearningLevels } from '../../telemetry/learning-telemetry.js';

/** Numbers of the state thread and sizes of the tables at this moment. */
export function learningLevelsOf(live: LiveStatistics, tables: readonly StatisticsTable[]): LearningLevels {
  const { gauges, freshness, problem, restartCount } = live;
  const of = (name: StateGaugeName): number => gauges.get(name);
  return {
    ...freshness,
    foreignCount: of('foreignCount'),
    seenPairCount: of('seenPairCount'),
    maxSeenPairCount: of('maxSeenPairCount'),
    statisticsBytes: of('statisticsBytes'),
    maxStatisticsBytes: of('maxStatisticsBytes'),
    evictedKeyCount: of('evictedKeyCount'),
    logBytes: of('logBytes'),
    maxLogBytes: of('maxLogBytes'),
    isLogAway: of('logAway') === 1,
    skippedMessageCount: of('skippedMessageCount'),
    snapshotCount: of('snapshotCount'),
    failedSnapshotCount: of('failedSnapshotCount'),
    eventsBehindCount: of('eventsBehindCount'),
    lagMs: of('lagMs'),
    snapshotAgeMs: of('snapshotAtMs') === 0 ? null : Math.max(0, Date.now() - of('snapshotAtMs')),
    snapshotBytes: of('snapshotBytes'),
    snapshotDurationMs: of('snapshotDurationMs'),
    restartCount,
    isRefused: problem !== undefined,
    tables: tables.map(({ name, keyCount, capacity, byteLength }) => ({
      name,
      byteLength,
      loadFactor: keyCount / capacity,
    })),
  };
}
