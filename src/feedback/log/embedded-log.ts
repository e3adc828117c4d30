import { Turns } from '../../concurrency/turns.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { EVENT_BYTES } from '../events/event-record.js';
import { Consumer } from './consumer.js';
import type { Deliver, ErasableEventLog, EventFilter, EventLogState, LogPosition } from './event-log.js';
import { eraseStep } from './erase.js';
import { EventStore } from './event-store.js';
import { GroupCommit } from './group-commit.js';
import { closed, gap } from './log-errors.js';
import { overwriteFreePages, removeOverwritten } from './overwrite-free-pages.js';
import { endOfRecord, packRecords } from './stored-record.js';
import { newestEventS, trimStep } from './trim.js';

/** Default bound of the bytes of events that are not durable yet. */
const MAX_UNSYNCED_BYTES = 32 * 2 ** 20;

/** Share of the bound that kept events may use. The rest is for the events since the older of two snapshots. */
const RETAINED_SHARE = 1 / 2;

/** Settings of an embedded log. */
export interface EmbeddedLogOptions {
  /** Folder of the log, created if needed. One process owns it. */
  readonly folder: string;
  /** Bound of data.mdb in bytes, at least 1 MiB. */
  readonly maxBytes: number;
  /** Bound of the bytes of events that are not durable yet. Default: 32 MiB. */
  readonly maxUnsyncedBytes?: number;
  /**
   * Event time behind the newest event for which `trim` keeps events, seconds. While the log uses more than half of its bound,
   * `trim` does not keep them. Default: 0, none are kept.
   */
  readonly retentionS?: number;
}

/** Event log in an LMDB file of this machine. A position is the sequence number of the next event, counted from 0. */
export class EmbeddedLog implements ErasableEventLog {
  private readonly commits: GroupCommit;
  /** Transactions run one at a time. */
  private readonly writes = new Turns();
  private readonly consumers = new Map<Consumer, Promise<void>>();
  private readonly failed = Promise.withResolvers<never>();
  private appended = 0;
  private isClosed = false;

  private constructor(
    private readonly store: EventStore,
    private end: number,
    maxUnsyncedBytes: number,
    private readonly retentionS: number,
  ) {
    this.commits = new GroupCommit(maxUnsyncedBytes, (appends) => this.write(appends));
    this.failed.promise.catch(() => undefined);
    store.broken.catch(this.failed.reject);
  }

  /** @throws PairstreamError EVENT_LOG_DAMAGED; EVENT_LOG_UNAVAILABLE if the folder cannot be used or another process holds it */
  static async open(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
    const { folder, maxBytes, maxUnsyncedBytes = MAX_UNSYNCED_BYTES, retentionS = 0 } = options;
    const store = await EventStore.open(folder, maxBytes);
    try {
      while ((await removeOverwritten(store)) > 0);
      const { newest } = store;
      const end = newest === undefined ? 0 : endOfRecord(newest);
      return new EmbeddedLog(store, end, maxUnsyncedBytes, retentionS);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Sequence number after the newest durable event. */
  get position(): number {
    return this.end;
  }

  get failure(): Promise<never> {
    return this.failed.promise;
  }

  get state(): EventLogState {
    const { commits, store } = this;
    return {
      diskBytes: store.diskBytes,
      maxDiskBytes: store.maxBytes,
      unsyncedBytes: commits.unsyncedBytes,
      maxUnsyncedBytes: commits.maxBytes,
      lagCount: Math.max(0, ...[...this.consumers.keys()].map(({ lagCount }) => lagCount)),
      appendedCount: this.appended,
      storedCount: this.end - (store.oldest ?? this.end),
      isAway: false,
      skippedMessageCount: 0,
    };
  }

  append(events: Uint8Array): Promise<void> {
    return this.commits.append(events);
  }

  async consume(from: LogPosition | undefined, deliver: Deliver): Promise<void> {
    if (this.isClosed) throw closed();
    const consumer = new Consumer(this.store, this.startOf(from), () => this.end, deliver);
    const stored = consumer.deliverTo(this.end);
    const delivery = stored.then(() => consumer.deliverForever());
    this.consumers.set(
      consumer,
      delivery.catch(() => undefined).finally(() => this.consumers.delete(consumer)),
    );
    await stored;
    delivery.catch(this.failed.reject);
  }

  async trim(upTo: LogPosition): Promise<void> {
    const position = this.checked(upTo);
    let isTrimmed = false;
    const step = (): Promise<number> => trimStep(this.store, position, this.keptFromS());
    while (!this.isClosed && (await this.writes.take(step)) > 0) isTrimmed = true;
    if (isTrimmed) await this.writes.take(() => this.store.releasePages());
  }

  async erase(isErased: EventFilter): Promise<number> {
    let erasedCount = 0;
    let next: number | undefined = 0;
    while (next !== undefined) {
      if (this.isClosed) throw closed();
      const start: number = next;
      const step = await this.writes.take(() => eraseStep(this.store, start, isErased));
      erasedCount += step.erasedCount;
      next = step.next;
    }
    if (erasedCount > 0) await overwriteFreePages(this.store, (step) => this.writes.take(step));
    return erasedCount;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.commits.close();
    for (const consumer of this.consumers.keys()) consumer.close();
    await Promise.all(this.consumers.values());
    await this.writes.take(() => this.store.close());
  }

  private async write(appends: readonly Uint8Array[]): Promise<void> {
    const records = packRecords(this.end, appends);
    await this.writes.take(() => this.store.put(records));
    const count = appends.reduce((sum, events) => sum + events.length, 0) / EVENT_BYTES;
    this.end += count;
    this.appended += count;
    for (const consumer of this.consumers.keys()) consumer.notify();
  }

  /** Time from which `trim` keeps events at the moment; Infinity: it keeps none. */
  private keptFromS(): number {
    const { store, retentionS } = this;
    if (retentionS === 0 || store.usedBytes > store.maxBytes * RETAINED_SHARE) return Infinity;
    const { newest } = store;
    return newest === undefined ? Infinity : newestEventS(newest.events) - retentionS;
  }

  private startOf(from: LogPosition | undefined): number {
    const { end, store } = this;
    const oldest = store.oldest ?? end;
    if (from === undefined) return oldest;
    const position = this.checked(from);
    if (position > end) throw gap(store.folder, position, oldest, end);
    return position;
  }

  private checked(position: LogPosition): number {
    if (typeof position === 'number' && Number.isSafeInteger(position) && position >= 0) return position;
    throw new PairstreamError(
      'EVENT_LOG_GAP',
      `position ${JSON.stringify(position)} is not of the event log ${this.store.folder}, expected a sequence number; start from a snapshot that was made with this log`,
    );
  }
}
