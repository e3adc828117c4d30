import { setImmediate } from 'node:timers/promises';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { decodeChunk, RecordChunk } from '../../statistics/snapshot-chunks.js';
import type { StatisticsStore } from '../../statistics/statistics-store.js';
import type { TableSnapshot } from '../../statistics/table-snapshot.js';
import { EVENT_BYTES } from '../events/event-record.js';
import { EventApplier } from './event-applier.js';
import type { PendingEvents } from './pending-events.js';
import type { StateSnapshot } from './read-state-snapshot.js';
import type { SeenEvents } from './seen-events.js';
import { ENCODED_PAIR_BYTES } from './seen-shard.js';

/** Events applied between two steps of the tables' own work. */
const EVENTS_PER_STEP = 256;

/** Kinds of the chunks of a snapshot. Records of table i have kind FIRST_TABLE + i. */
const LANGUAGES = 0;
const SEEN = 1;
const FIRST_TABLE = 2;

/** Parts of a learned state. */
export interface LearnedStateParts {
  readonly store: StatisticsStore;
  /** Empty. */
  readonly seen: SeenEvents;
  /** Key scheme of the release. */
  readonly keyScheme: number;
  /** The statistics file of the release has learned all events before this time, Unix seconds. */
  readonly asOfS: number;
}

/** A chunk of a snapshot in memory. */
export interface EncodedChunk {
  readonly kind: number;
  readonly payload: Uint8Array;
}

/** The state of a moment, to be written to a file. */
export interface StateInMemory {
  readonly chunks: AsyncIterable<EncodedChunk>;
  /** Ends the snapshot. The caller must call it, also after a failure. */
  end(): void;
}

/** All that was learned from events: the tables, the seen events, the watermark and the counts. One thread uses it. */
export class LearnedState {
  readonly store: StatisticsStore;
  readonly seen: SeenEvents;
  readonly applier: EventApplier;

  /** @throws PairstreamError INVALID_SNAPSHOT for a table of no key set */
  constructor({ store, seen, keyScheme, asOfS }: LearnedStateParts) {
    this.store = store;
    this.seen = seen;
    this.applier = new EventApplier({ tables: store.writers, seen, keyScheme, asOfS });
  }

  /** Applies delivered events, and does a bounded part of the tables' own work between them. @returns true if there is more work */
  apply(events: Uint8Array, pending: PendingEvents): boolean {
    const stepBytes = EVENTS_PER_STEP * EVENT_BYTES;
    let hasWork = false;
    for (let at = 0; at < events.length; at += stepBytes) {
      this.applier.apply(events.subarray(at, at + stepBytes), pending);
      hasWork = this.store.step();
    }
    return hasWork;
  }

  /** The state as it is at the call. Events may be applied while it is read. One snapshot at a time. */
  beginSnapshot(): StateInMemory {
    const languages = this.applier.encodeLanguages();
    const seen = this.seen.snapshot();
    const tables = this.store.beginSnapshot();
    return { chunks: encode(languages, seen, tables.tables), end: () => tables.end() };
  }

  /** Restores a snapshot of a state of the same origin. The state is empty. @throws PairstreamError INVALID_SNAPSHOT */
  restore(snapshot: StateSnapshot): void {
    const { header, path } = snapshot;
    Object.assign(this.applier.counts, header.counts);
    for (const { kind, payload } of snapshot.chunks()) {
      const writer = this.store.writers[kind - FIRST_TABLE];
      if (writer !== undefined) decodeChunk(payload, writer);
      else if (kind === LANGUAGES) this.restoreLanguages(payload);
      else this.restoreSeen(kind, payload, path);
    }
    this.applier.advance(header.watermarkS);
  }

  /** Adds the seen events of a snapshot of another origin. @throws PairstreamError INVALID_SNAPSHOT */
  restoreSeenOf(snapshot: StateSnapshot): void {
    for (const { kind, payload } of snapshot.chunks())
      if (kind === SEEN) this.restoreSeen(kind, payload, snapshot.path);
    this.applier.advance(snapshot.header.watermarkS);
  }

  /** Adds languages whose keys the tables may hold. @param keys low and high lane of each */
  addLanguages(keys: Int32Array): void {
    for (let i = 0; i < keys.length; i += 2) this.applier.languages.add(keys[i]!, keys[i + 1]!, 0);
  }

  private restoreSeen(kind: number, payload: Uint8Array, path: string): void {
    if (kind === SEEN && this.seen.restore(payload)) return;
    const problem = `snapshot ${path}: chunk of kind ${kind} and ${payload.length} bytes is not of this version`;
    throw new PairstreamError('INVALID_SNAPSHOT', problem, { field: path });
  }

  private restoreLanguages(payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.applier.languages.restore(view, 0, Math.floor(payload.length / ENCODED_PAIR_BYTES));
  }
}

async function* encode(
  languages: Uint8Array,
  seen: Iterable<Uint8Array>,
  tables: readonly TableSnapshot[],
): AsyncGenerator<EncodedChunk, void, void> {
  yield { kind: LANGUAGES, payload: languages };
  for (const payload of seen) {
    yield { kind: SEEN, payload };
    await setImmediate();
  }
  for (const [index, table] of tables.entries()) {
    const chunk = new RecordChunk(table.horizons.length);
    for (let hasMore = true; hasMore;) {
      hasMore = table.nextRecords(chunk);
      if (chunk.isFull || (!hasMore && chunk.rowCount > 0))
        yield { kind: FIRST_TABLE + index, payload: await chunk.encode() };
      await setImmediate();
    }
  }
}
