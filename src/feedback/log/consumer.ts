import { setImmediate } from 'node:timers/promises';
import { EVENT_BYTES } from '../events/event-record.js';
import { copyEvents } from './blank-events.js';
import type { Deliver } from './event-log.js';
import type { EventStore } from './event-store.js';
import { damaged, gap } from './log-errors.js';
import { endOfRecord, EVENTS_PER_RECORD, type StoredRecord } from './stored-record.js';

/** Records that are read and delivered together. */
const RECORDS_PER_GROUP = 64;

/**
 * Delivers stored events in order, from a sequence number on, and then new ones as they become durable. It always reads them from
 * the store, where new events are in the page cache, so a slow consumer costs no memory.
 */
export class Consumer {
  private readonly buffer = new Uint8Array(RECORDS_PER_GROUP * EVENTS_PER_RECORD * EVENT_BYTES);
  private wake: (() => void) | undefined;
  private isClosed = false;

  /**
   * @param next sequence number of the next event to deliver
   * @param end sequence number after the newest durable event, at the moment
   */
  constructor(
    private readonly store: EventStore,
    private next: number,
    private readonly end: () => number,
    private readonly deliver: Deliver,
  ) {}

  /** Durable events that are not delivered yet. */
  get lagCount(): number {
    return Math.max(0, this.end() - this.next);
  }

  /** Delivers until the next event is `target` or a later one, or until `close`. */
  async deliverTo(target: number): Promise<void> {
    while (this.next < target && !this.isClosed) {
      await this.deliverGroup();
      // Reads are synchronous: without a turn of the event loop, the thread could do nothing else until the target.
      if (this.next < target) await setImmediate();
    }
  }

  /** Delivers until `close`. */
  async deliverForever(): Promise<void> {
    while (!this.isClosed) {
      await this.deliverTo(this.end());
      if (this.isClosed || this.next < this.end()) continue;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** New events are durable. */
  notify(): void {
    this.wake?.();
    this.wake = undefined;
  }

  /** Ends the delivery after the running `deliver`. */
  close(): void {
    this.isClosed = true;
    this.notify();
  }

  private async deliverGroup(): Promise<void> {
    const length = this.readGroup();
    if (length > 0) await this.deliver({ events: this.buffer.subarray(0, length), position: this.next });
  }

  /** Copies the next events to the buffer and moves `next`. @returns bytes copied, 0 if all are blank */
  private readGroup(): number {
    const first = this.store.at(this.next) ?? this.firstRecord();
    let length = this.copy(first, 0);
    for (let count = 1; count < RECORDS_PER_GROUP && this.next < this.end(); count += 1) {
      const record = this.store.at(this.next);
      if (record === undefined) break;
      length = this.copy(record, length);
    }
    return length;
  }

  /** Copies events of a record from `next` on. @returns end of the copied events in the buffer */
  private copy(record: StoredRecord, length: number): number {
    const skipped = Math.max(0, this.next - record.sequence) * EVENT_BYTES;
    this.next = endOfRecord(record);
    return copyEvents(record.events.subarray(skipped), this.buffer, length);
  }

  /** Record that holds the next event, or the restart after it. It begins at another number than the next event. */
  private firstRecord(): StoredRecord {
    const { store, next } = this;
    const start = store.lastUpTo(next) ?? next;
    const record = store.read(start, 2).find((each) => endOfRecord(each) > next);
    if (record === undefined) throw damaged(store.folder, `event ${next} is missing`);
    const isGap = record.sequence > next && record.events.length > 0;
    if (isGap && store.oldest === record.sequence) throw gap(store.folder, next, record.sequence, this.end());
    if (isGap) throw damaged(store.folder, `events ${next} to ${record.sequence - 1} are missing`);
    return record;
  }
}
