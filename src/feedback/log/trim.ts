import { EVENT_BYTES, EVENT_KIND_COUNT, kindOf, timeOf } from '../events/event-record.js';
import type { EventStore } from './event-store.js';

/** Records that one transaction deletes. Appends pass between two transactions. */
const RECORDS_PER_STEP = 512;

/**
 * Deletes the oldest records that end at or before a position, in one transaction. The newest record always stays, because it holds
 * the sequence number to continue with.
 * @param keptFromS records from the first one with an event at or after this time stay, Unix seconds. Default: none stays
 * @returns number of records deleted; 0: none is left to delete
 */
export async function trimStep(store: EventStore, upTo: number, keptFromS = Infinity): Promise<number> {
  const sequences = store.sequences(0, RECORDS_PER_STEP + 1);
  // Records are consecutive: a record ends where the next one begins.
  const behind = sequences.filter((_, i) => (sequences[i + 1] ?? Number.POSITIVE_INFINITY) <= upTo);
  const removed = keptFromS === Infinity ? behind : behind.slice(0, oldCount(store, behind, keptFromS));
  if (removed.length > 0) await store.remove(removed);
  return removed.length;
}

/** Newest event time of a record, Unix seconds; -Infinity if it holds no events. */
export function newestEventS(events: Uint8Array): number {
  const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
  let newestS = -Infinity;
  for (let at = 0; at < events.length; at += EVENT_BYTES)
    if (kindOf(view, at) < EVENT_KIND_COUNT) newestS = Math.max(newestS, timeOf(view, at));
  return newestS;
}

/** Number of records before the first one with an event at or after a time. */
function oldCount(store: EventStore, sequences: readonly number[], keptFromS: number): number {
  const kept = sequences.findIndex((sequence) => {
    const record = store.at(sequence);
    return record !== undefined && newestEventS(record.events) >= keptFromS;
  });
  return kept < 0 ? sequences.length : kept;
}
