import { blankEvents } from './blank-events.js';
import type { EventFilter } from './event-log.js';
import type { EventStore } from './event-store.js';
import { endOfRecord, sealRecord } from './stored-record.js';

/** Records that one transaction rewrites. Appends pass between two transactions. */
const RECORDS_PER_STEP = 512;

/** Result of a step of erasing. */
export interface EraseStep {
  readonly erasedCount: number;
  /** Sequence number that the next step starts at; undefined: no record is left. */
  readonly next: number | undefined;
}

/**
 * Erases events of some records and writes those records again, in one transaction.
 * @param start sequence number; the first record is the first one at or after it
 */
export async function eraseStep(store: EventStore, start: number, isErased: EventFilter): Promise<EraseStep> {
  let erasedCount = 0;
  const records = store.read(start, RECORDS_PER_STEP);
  const changed = records.filter(({ sequence, bytes, events }) => {
    const count = blankEvents(events, isErased);
    if (count > 0) sealRecord(sequence, bytes);
    erasedCount += count;
    return count > 0;
  });
  if (changed.length > 0) await store.put(changed);
  const last = records.at(-1);
  return { erasedCount, next: last === undefined ? undefined : endOfRecord(last) };
}
