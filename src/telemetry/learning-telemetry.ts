import { Gauge, type Registry } from 'prom-client';

const MS_PER_S = 1_000;

/** Size of one statistics table. */
export interface TableLevels {
  readonly name: string;
  readonly byteLength: number;
  /** Share of the records that are used, 0 to 1. */
  readonly loadFactor: number;
}

/** Statistics that learn from feedback, at one moment. Counts of events are counts since the state directory was made. */
export interface LearningLevels {
  /** Event time of the newest applied event, Unix seconds. */
  readonly newestEventS: number;
  readonly lagCount: number;
  readonly appliedCount: number;
  readonly duplicateCount: number;
  readonly tooOldCount: number;
  readonly foreignCount: number;
  readonly seenPairCount: number;
  readonly maxSeenPairCount: number;
  readonly statisticsBytes: number;
  readonly maxStatisticsBytes: number;
  readonly evictedKeyCount: number;
  readonly logBytes: number;
  readonly maxLogBytes: number;
  readonly isLogAway: boolean;
  readonly skippedMessageCount: number;
  readonly snapshotCount: number;
  readonly failedSnapshotCount: number;
  readonly eventsBehindCount: number;
  /** Time that the oldest event waits to be applied. */
  readonly lagMs: number;
  /** Time since the newest snapshot was complete; null without a snapshot. */
  readonly snapshotAgeMs: number | null;
  readonly snapshotBytes: number;
  /** Time that the newest snapshot took; 0 if an earlier process wrote it. */
  readonly snapshotDurationMs: number;
  readonly restartCount: number;
  readonly isRefused: boolean;
  readonly tables: readonly TableLevels[];
}

/** Name without prefix, help, and value of a metric without labels. */
type Metric = readonly [name: string, help: string, read: (levels: LearningLevels) => number];

const METRICS: readonly Metric[] = [
  [
    'feedback_lag_events',
    'Events that are accepted and not yet applied to the statistics',
    (l) => l.lagCount,
  ],
  [
    'feedback_lag_seconds',
    'Time that the oldest accepted event waits to be applied; 0 if all are applied',
    (l) => l.lagMs / MS_PER_S,
  ],
  [
    'feedback_refused',
    '1 while feedback is refused because the state thread does not run',
    (l) => Number(l.isRefused),
  ],
  [
    'statistics_newest_event_seconds',
    'Event time of the newest applied event (the watermark), Unix seconds',
    (l) => l.newestEventS,
  ],
  [
    'statistics_age_seconds',
    'Time from the newest applied event to now',
    (l) => Date.now() / MS_PER_S - l.newestEventS,
  ],
  ['seen_pairs', 'Pairs with events that are remembered, to count every event once', (l) => l.seenPairCount],
  ['seen_pairs_limit', 'Bound of seen_pairs', (l) => l.maxSeenPairCount],
  ['statistics_bytes', 'Memory of all statistics tables', (l) => l.statisticsBytes],
  ['statistics_bytes_limit', 'Bound of statistics_bytes', (l) => l.maxStatisticsBytes],
  ['statistics_evicted_keys', 'Keys evicted since the state thread started', (l) => l.evictedKeyCount],
  ['event_log_bytes', 'Size of the event log on disk', (l) => l.logBytes],
  ['event_log_bytes_limit', 'Bound of event_log_bytes', (l) => l.maxLogBytes],
  ['event_log_away', '1 while the brokers of the Kafka topic do not answer', (l) => Number(l.isLogAway)],
  [
    'event_log_skipped_messages',
    'Messages of the Kafka topic that hold no event records, since the state thread started',
    (l) => l.skippedMessageCount,
  ],
  ['events_behind_snapshot', 'Events applied since the newest snapshot', (l) => l.eventsBehindCount],
  [
    'state_snapshot_age_seconds',
    'Time since the newest snapshot was complete, also of an earlier process; NaN without a snapshot',
    (l) => (l.snapshotAgeMs ?? NaN) / MS_PER_S,
  ],
  ['state_snapshot_bytes', 'Size of the newest snapshot; 0 without one', (l) => l.snapshotBytes],
  [
    'state_snapshot_duration_seconds',
    'Time that the newest snapshot took; 0 if an earlier process wrote it',
    (l) => l.snapshotDurationMs / MS_PER_S,
  ],
  ['state_thread_restarts', 'Starts of the state thread after a failure', (l) => l.restartCount],
];

type Labels = Record<string, string>;
type Series = readonly [labels: Labels, value: number];

/** Metrics of statistics that learn from feedback. */
export class LearningTelemetry {
  constructor(private readonly registry: Registry) {}

  /** Adds the metrics, which are read when they are collected. Call once. */
  watch(read: () => LearningLevels): void {
    for (const [name, help, valueOf] of METRICS) this.add(name, help, [], () => [[{}, valueOf(read())]]);
    this.add(
      'learned_events',
      'Events since the state directory was made, by outcome: applied, duplicate, too_old, foreign (of another key scheme or an unknown kind)',
      ['outcome'],
      () => {
        const { appliedCount, duplicateCount, tooOldCount, foreignCount } = read();
        return [
          [{ outcome: 'applied' }, appliedCount],
          [{ outcome: 'duplicate' }, duplicateCount],
          [{ outcome: 'too_old' }, tooOldCount],
          [{ outcome: 'foreign' }, foreignCount],
        ];
      },
    );
    this.add(
      'state_snapshots',
      'Snapshots since the state thread started, by outcome: written, failed',
      ['outcome'],
      () => {
        const { snapshotCount, failedSnapshotCount } = read();
        return [
          [{ outcome: 'written' }, snapshotCount],
          [{ outcome: 'failed' }, failedSnapshotCount],
        ];
      },
    );
    this.add('statistics_table_bytes', 'Memory of a statistics table', ['table'], () =>
      read().tables.map(({ name, byteLength }) => [{ table: name }, byteLength]),
    );
    this.add(
      'statistics_table_load_factor',
      'Share of the records of a statistics table that are used',
      ['table'],
      () => read().tables.map(({ name, loadFactor }) => [{ table: name }, loadFactor]),
    );
  }

  private add(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => readonly Series[],
  ): void {
    const gauge = new Gauge({
      name: `pairstream_${name}`,
      help,
      labelNames,
      registers: [],
      collect() {
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
    this.registry.registerMetric(gauge);
  }
}
