import type { KafkaSettings } from '../log/kafka/kafka-log-options.js';

/** Event log of a gateway. */
export type EventLogSettings =
  /** In an LMDB file of the state directory. */
  | {
      readonly kind: 'embedded';
      /** Bound of the log on disk, bytes. */
      readonly maxBytes: number;
      /** See EmbeddedLogOptions. */
      readonly retentionS?: number;
    }
  /** In a topic that several gateways share. */
  | ({ readonly kind: 'kafka' } & KafkaSettings);

/** Settings of the state thread. Structured data: it is copied to the thread. */
export interface StateSettings {
  /** State directory: the event log and the snapshots. Made if it is missing. */
  readonly folder: string;
  /** Statistics file of the release. */
  readonly statisticsPath: string;
  /** Key scheme of the release. */
  readonly keyScheme: number;
  /** Attribution window: events are accepted for this long after their prediction and behind the newest event, seconds. */
  readonly windowS: number;
  /** Bound of the set of seen events, pairs per day added up. */
  readonly maxSeenPairCount: number;
  /** Bound of all tables, bytes. */
  readonly maxStatisticsBytes: number;
  /** Bound of events on their way through the log. */
  readonly maxPendingCount: number;
  /** Time between snapshots, milliseconds. */
  readonly snapshotIntervalMs: number;
  /** Applied events after which a snapshot is written before its time. */
  readonly maxEventsBehindCount: number;
  readonly log: EventLogSettings;
  /** True to offer the statistics of the newest snapshot while no Kafka broker can be reached. Default: the start fails. */
  readonly startsWithoutBroker?: boolean;
  /** Folder of snapshots that another process has published. The state starts from the newest if it is newer than its own. */
  readonly snapshotSource?: string;
}
