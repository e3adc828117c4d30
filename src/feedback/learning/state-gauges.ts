import type { FeedbackFreshness } from '../feedback-sink.js';

/** Numbers that the state thread publishes, in the order of their places. */
const NAMES = [
  /** Event time of the newest applied event, Unix seconds; 0 before the start. */
  'newestEventS',
  /** Durable events that are not applied yet. */
  'lagCount',
  /** Time that the oldest of these events waits, milliseconds. */
  'lagMs',
  'appliedCount',
  'duplicateCount',
  'tooOldCount',
  /** Logged events of another key scheme or an unknown kind. */
  'foreignCount',
  /** Pairs in the set of seen events, and its bound. */
  'seenPairCount',
  'maxSeenPairCount',
  /** Bytes of the tables, and their bound. */
  'statisticsBytes',
  'maxStatisticsBytes',
  /** Keys that left the tables because their counts had decayed. */
  'evictedKeyCount',
  /** Bytes of the event log on disk, and their bound; 0 if the log is on other machines. */
  'logBytes',
  'maxLogBytes',
  /** 1 while the brokers of the topic do not answer. */
  'logAway',
  /** Messages of the log that hold no event records. */
  'skippedMessageCount',
  /** Snapshots written and failed, and events applied since the newest one. */
  'snapshotCount',
  'failedSnapshotCount',
  'eventsBehindCount',
  /** Newest snapshot on disk: when it was complete, Unix milliseconds, and its size; 0 without one. */
  'snapshotAtMs',
  'snapshotBytes',
  /** Time that the newest snapshot took, milliseconds; 0 if it is of an earlier process. */
  'snapshotDurationMs',
] as const;

/** Name of a number that the state thread publishes. */
export type StateGaugeName = (typeof NAMES)[number];

/** Numbers of the state thread in shared memory: the state thread writes them, any thread reads them without waiting. */
export class StateGauges {
  readonly buffer: SharedArrayBuffer;
  private readonly values: Float64Array;

  /** @param buffer of the gauges in another thread; default: new ones, all 0 */
  constructor(buffer = new SharedArrayBuffer(NAMES.length * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.values = new Float64Array(buffer);
  }

  get(name: StateGaugeName): number {
    return this.values[NAMES.indexOf(name)]!;
  }

  /** Age of the statistics, and counts of events. */
  get freshness(): FeedbackFreshness {
    return {
      newestEventS: this.get('newestEventS'),
      lagCount: this.get('lagCount'),
      appliedCount: this.get('appliedCount'),
      duplicateCount: this.get('duplicateCount'),
      tooOldCount: this.get('tooOldCount'),
    };
  }

  set(values: Readonly<Partial<Record<StateGaugeName, number>>>): void {
    NAMES.forEach((name, i) => {
      const value = values[name];
      if (value !== undefined) this.values[i] = value;
    });
  }
}
