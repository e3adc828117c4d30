import { z } from 'zod';
import type { LogPosition } from '../log/event-log.js';

/** Format name of a snapshot of the learned state. */
export const STATE_FORMAT = 'pairstream-state';

/** Version that this program writes and reads. */
export const STATE_VERSION = 1;

const jsonSchema: z.ZodType<LogPosition> = z.json();

/** Header of a snapshot of the learned state. */
export const stateSnapshotHeaderSchema = z.strictObject({
  format: z.literal(STATE_FORMAT),
  version: z.literal(STATE_VERSION),
  /** Identifies the statistics file and the definitions of the tables that the state began with, see state-origin.ts. */
  origin: z.string(),
  /** Place in the event log: later events are not in the snapshot. */
  position: jsonSchema,
  /** Event time of the newest applied event, Unix seconds. */
  watermarkS: z.number().nonnegative(),
  counts: z.strictObject({
    appliedCount: z.number(),
    duplicateCount: z.number(),
    tooOldCount: z.number(),
    foreignCount: z.number(),
  }),
  /** Tables, in the order of their chunks. */
  tables: z.array(
    z.strictObject({
      name: z.string(),
      horizons: z.array(z.strictObject({ name: z.string(), halfLifeS: z.number().positive() })).min(1),
    }),
  ),
});

/** Header of a snapshot of the learned state. */
export type StateSnapshotHeader = z.infer<typeof stateSnapshotHeaderSchema>;
