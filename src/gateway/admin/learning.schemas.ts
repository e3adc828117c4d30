import { z } from 'zod';
import { requestSchema } from './request-schemas.js';

/** Longest id of a user, characters. */
const LONGEST_USER = 1_024;

/** Statistics that learn from feedback. Counts of events are counts since the state directory was made. */
export const learningSchema = z
  .object({
    newestEventS: z.number().describe('Event time of the newest applied event, Unix seconds.'),
    lagCount: z.int().describe('Events that are accepted and not yet applied.'),
    lagMs: z.number().describe('Time that the oldest of these events waits, milliseconds.'),
    appliedCount: z.int(),
    duplicateCount: z.int().describe('Events that were sent again. They are counted once.'),
    tooOldCount: z.int().describe('Events that were older than the attribution window.'),
    foreignCount: z
      .int()
      .describe('Logged events of another key scheme or an unknown kind, which are not applied.'),
    seenPairCount: z.int().describe('Pairs with events that are remembered, to count every event once.'),
    maxSeenPairCount: z.int(),
    statisticsBytes: z.int().describe('Memory of all tables.'),
    maxStatisticsBytes: z.int(),
    evictedKeyCount: z.int().describe('Keys evicted since the state thread started.'),
    logBytes: z.int().describe('Size of the event log on disk; 0 if the log is on other machines.'),
    maxLogBytes: z.int(),
    isLogAway: z.boolean().describe('True while the brokers of the Kafka topic do not answer.'),
    skippedMessageCount: z
      .int()
      .describe('Messages of the Kafka topic that hold no event records, since the state thread started.'),
    snapshotCount: z.int().describe('Snapshots written since the state thread started.'),
    failedSnapshotCount: z.int(),
    eventsBehindCount: z.int().describe('Events applied since the newest snapshot.'),
    snapshotAgeMs: z
      .number()
      .nullable()
      .describe(
        'Time since the newest snapshot was complete, milliseconds, also of an earlier process; null without a snapshot.',
      ),
    snapshotBytes: z.int().describe('Size of the newest snapshot; 0 without one.'),
    snapshotDurationMs: z
      .number()
      .describe('Time that the newest snapshot took, milliseconds; 0 if an earlier process wrote it.'),
    restartCount: z.int().describe('Starts of the state thread after a failure.'),
    problem: z.string().nullable().describe('Reason why feedback is refused; null if it is accepted.'),
  })
  .meta({ id: 'Learning' });

/** Result of a snapshot. */
export const snapshotSchema = z
  .object({
    eventsBehindCount: z.int().describe('Events applied since the newest snapshot.'),
    snapshotCount: z.int().describe('Snapshots written since the state thread started.'),
  })
  .meta({ id: 'Snapshot' });

/** A user to forget. */
export const forgetSchema = requestSchema({
  user: z
    .string('expected a text')
    .min(1, 'expected an id')
    .max(LONGEST_USER, `expected at most ${LONGEST_USER} characters`)
    .describe('Id of the user: text, 32 hexadecimal digits, or number:<n>, as requests send it.'),
}).meta({ id: 'Forget' });

/** What was removed of a user. */
export const forgottenSchema = z
  .object({
    keyCount: z.int().describe('Keys of the statistics tables.'),
    eventCount: z.int().describe('Events of the log.'),
    rowCount: z.int().describe('Rows of the feature log.'),
  })
  .meta({ id: 'Forgotten' });
