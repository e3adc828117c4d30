import { choice, integer, optionalText } from './setting-kinds.js';

/** Settings of the statistics that learn from feedback. They have no effect without PAIRSTREAM_STATE_DIR. */
export const FEEDBACK_SETTINGS = {
  stateDir: optionalText(
    'PAIRSTREAM_STATE_DIR',
    'Folder of the event log and the snapshots of the statistics, relative to the working directory; created if it is missing. One gateway uses it at a time. Empty: the gateway takes no feedback, and its statistics do not change',
  ),
  eventLog: choice(
    'PAIRSTREAM_EVENT_LOG',
    ['embedded', 'kafka'],
    'Log that stores the events of feedback: in PAIRSTREAM_STATE_DIR, or a topic of Kafka that several gateways share',
  ),
  feedbackKeys: {
    ...optionalText(
      'PAIRSTREAM_FEEDBACK_KEYS',
      'Secret keys of feedback tokens as id:hex, separated by commas: ids from 0 to 255, keys of 32 hexadecimal digits. The first key signs, all of them verify. Empty: the gateway makes a key and stores it in PAIRSTREAM_STATE_DIR. With Kafka, all gateways need the same keys',
    ),
    isSecret: true,
    show: maskKeys,
  },
  attributionDays: integer(
    'PAIRSTREAM_ATTRIBUTION_DAYS',
    7,
    [1, 90],
    'Attribution window in days of event time: an event is counted up to this long after its prediction, and up to this long after the newest event. Later events are answered as too old',
  ),
  maxFeedbackInFlight: integer(
    'PAIRSTREAM_MAX_FEEDBACK_IN_FLIGHT',
    100_000,
    [10_000, 10_000_000],
    'Maximum number of events that are received and not yet durable, over all callers; each takes 100 bytes. Further events are refused with BUSY',
  ),
  maxStartLag: integer(
    'PAIRSTREAM_MAX_START_LAG',
    10_000,
    [0, 1_000_000_000],
    'Maximum number of events of the log that are not applied yet when a starting gateway becomes ready. The gateway first applies all events that the log held at the start; with Kafka, others arrive meanwhile. A gateway that is ready stays ready at any lag',
  ),
  maxServedPairsMb: integer(
    'PAIRSTREAM_MAX_SERVED_PAIRS_MB',
    64,
    [0, 65_536],
    'Memory for pairs that are kept under their prediction_id, for callers that keep no tokens, in MiB. The oldest pairs are dropped first. 0 keeps none',
  ),
  maxEventLogMb: integer(
    'PAIRSTREAM_MAX_EVENT_LOG_MB',
    4_096,
    [16, 16_777_216],
    'Maximum size of the embedded event log in MiB, about 10,000 events each. The log is trimmed behind the snapshots. A full log refuses events with EVENT_LOG_UNAVAILABLE',
  ),
  eventRetentionH: integer(
    'PAIRSTREAM_EVENT_RETENTION_H',
    0,
    [0, 2_160],
    'Time that the embedded event log keeps events for `pairstream join-log`, in hours of event time. Above half of PAIRSTREAM_MAX_EVENT_LOG_MB, older events leave sooner. 0 keeps only the events that a restart needs',
  ),
  maxSeenPairs: integer(
    'PAIRSTREAM_MAX_SEEN_PAIRS',
    10_000_000,
    [1_000, 1_000_000_000],
    'Maximum number of pairs with events inside the attribution window and a day, kept to count every event once; about 20 bytes each. Further pairs are refused with SEEN_EVENTS_FULL',
  ),
  maxStatisticsMb: integer(
    'PAIRSTREAM_MAX_STATISTICS_MB',
    1_024,
    [16, 1_048_576],
    'Maximum memory of the statistics tables in MiB, over all tables. At the maximum, the keys with the lowest decayed counts are evicted',
  ),
  snapshotIntervalS: integer(
    'PAIRSTREAM_SNAPSHOT_INTERVAL_S',
    300,
    [1, 86_400],
    'Time between two snapshots of the statistics, in seconds. After a restart, the gateway applies the events since the newest snapshot',
  ),
} as const;

/** The ids of the keys, without the keys. */
function maskKeys(text: string): string {
  if (text === '') return '';
  return text
    .split(',')
    .map((entry) => (entry.includes(':') ? `${entry.slice(0, entry.indexOf(':'))}:***` : '***'))
    .join(',');
}
