import type { EventStore } from './event-store.js';
import { SEQUENCE_END } from './sequence-key.js';
import { zeroRecord } from './stored-record.js';

/** Records of one transaction. Appends pass between two transactions. */
const RECORDS_PER_STEP = 512;
/** Free pages that stay: lists of free pages need some. They hold no events, because LMDB frees and takes them in turn. */
const REMAINING_PAGES = 8;

/** Runs a transaction when its turn comes. */
export type TakeTurn = <T>(step: () => Promise<T>) => Promise<T>;

/**
 * Overwrites the free pages of the file, which still hold the bytes of deleted and replaced records: stores zeros until no page is
 * free, then deletes them. Their keys are beyond all sequence numbers.
 */
export async function overwriteFreePages(store: EventStore, takeTurn: TakeTurn): Promise<void> {
  let next = SEQUENCE_END;
  for (let count = 1; count > 0;) {
    count = await takeTurn(async () => {
      const pages = Math.min(RECORDS_PER_STEP, store.freePages - REMAINING_PAGES);
      const records = Array.from({ length: Math.max(0, pages) }, (_, i) => zeroRecord(next + i));
      if (records.length > 0) await store.overwrite(records);
      return records.length;
    });
    next += count;
  }
  while ((await takeTurn(() => removeOverwritten(store))) > 0);
  await takeTurn(() => store.releasePages());
}

/** Deletes records that overwrite free pages, also those of a process that was ended. @returns number of records deleted */
export async function removeOverwritten(store: EventStore): Promise<number> {
  const sequences = store.sequences(SEQUENCE_END, RECORDS_PER_STEP);
  if (sequences.length > 0) await store.remove(sequences);
  return sequences.length;
}
