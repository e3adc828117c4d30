import { Counter, Gauge, type Registry } from 'prom-client';

/** Names of the kinds of events by their number in pairstream.v1.EventKind; 0 is every other number. */
const KINDS = ['unknown', 'impression', 'reply', 'retweet', 'quote', 'like'] as const;

/** Outcome of the events of one request. */
export interface EventOutcomes {
  /** Number of the kind of each event; 0 for a kind that does not exist. */
  readonly kinds: Uint8Array;
  /** Outcome of an event: accepted, duplicate, or an error code. */
  readonly outcomeAt: (event: number) => string;
}

/** Sizes of the served-pair log. */
export interface ServedPairsLevels {
  readonly heldBytes: number;
  readonly maxBytes: number;
  readonly droppedCount: number;
}

/** Counts and sizes of the feature log. */
export interface FeatureLogLevels {
  readonly writtenCount: number;
  readonly failedCount: number;
  readonly droppedCount: number;
  readonly lostCount: number;
  readonly restartCount: number;
  readonly removedFileCount: number;
  readonly usedRowCount: number;
  readonly maxRowCount: number;
  readonly diskBytes: number;
  readonly maxDiskBytes: number;
}

/** Name without prefix, help, and value of a metric of the feature log. */
type FeatureLogMetric = readonly [name: string, help: string, valueOf: (levels: FeatureLogLevels) => number];

const FEATURE_LOG_METRICS: readonly FeatureLogMetric[] = [
  ['feature_log_written_rows', 'Rows in complete files, since the start', (l) => l.writtenCount],
  [
    'feature_log_dropped_rows',
    'Sampled rows dropped because too many were in memory, or the thread of the log did not run',
    (l) => l.droppedCount,
  ],
  ['feature_log_failed_rows', 'Rows lost because a file could not be written', (l) => l.failedCount],
  ['feature_log_lost_rows', 'Rows lost because the thread of the log crashed', (l) => l.lostCount],
  ['feature_log_restarts', 'Times that the thread of the log was started anew', (l) => l.restartCount],
  ['feature_log_removed_files', 'Files removed to make room, since the start', (l) => l.removedFileCount],
  ['feature_log_memory_rows', 'Rows in memory', (l) => l.usedRowCount],
  ['feature_log_memory_rows_limit', 'Bound of feature_log_memory_rows', (l) => l.maxRowCount],
  ['feature_log_bytes', 'Size of the feature log on disk', (l) => l.diskBytes],
  ['feature_log_bytes_limit', 'Bound of feature_log_bytes', (l) => l.maxDiskBytes],
];

/** Metrics of feedback requests, their events, and the served-pair log. */
export class FeedbackTelemetry {
  private readonly requests: Counter;
  private readonly events: Counter;

  constructor(private readonly registry: Registry) {
    this.requests = new Counter({
      name: 'pairstream_feedback_requests_total',
      help: 'Feedback requests answered, by outcome (OK or an error code)',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.events = new Counter({
      name: 'pairstream_feedback_events_total',
      help: 'Events answered, by kind (unknown: no kind) and outcome (accepted, duplicate, or an error code such as EVENT_TOO_OLD)',
      labelNames: ['kind', 'outcome'],
      registers: [registry],
    });
  }

  /** Adds the metrics of the served-pair log, which is read when they are collected. Call once. */
  watchServedPairs(read: () => ServedPairsLevels): void {
    this.gauge(
      'served_pairs_bytes',
      'Memory of pairs that are kept under their prediction_id',
      () => read().heldBytes,
    );
    this.gauge('served_pairs_bytes_limit', 'Bound of served_pairs_bytes', () => read().maxBytes);
    this.gauge(
      'served_pairs_dropped_predictions',
      'Predictions dropped from the served-pair log to make room, since the start',
      () => read().droppedCount,
    );
  }

  /** Adds the metrics of the feature log, which is read when they are collected. Call once. */
  watchFeatureLog(read: () => FeatureLogLevels): void {
    for (const [name, help, valueOf] of FEATURE_LOG_METRICS) this.gauge(name, help, () => valueOf(read()));
  }

  requestAnswered(outcome: string): void {
    this.requests.inc({ outcome });
  }

  eventsAnswered({ kinds, outcomeAt }: EventOutcomes): void {
    const counts = new Map<string, Uint32Array>();
    kinds.forEach((kind, event) => {
      const outcome = outcomeAt(event);
      let byKind = counts.get(outcome);
      if (byKind === undefined) counts.set(outcome, (byKind = new Uint32Array(KINDS.length)));
      byKind[kind] = (byKind[kind] ?? 0) + 1;
    });
    for (const [outcome, byKind] of counts)
      KINDS.forEach((kind, i) => {
        const count = byKind[i] ?? 0;
        if (count > 0) this.events.inc({ kind, outcome }, count);
      });
  }

  private gauge(name: string, help: string, read: () => number): void {
    const gauge = new Gauge({
      name: `pairstream_${name}`,
      help,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    this.registry.registerMetric(gauge);
  }
}
