import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import { EVENT_BYTES } from '../../../src/feedback/events/event-record.js';
import type {
  Deliver,
  ErasableEventLog,
  EventFilter,
  EventLogState,
  LogPosition,
} from '../../../src/feedback/log/event-log.js';

/** Stored events of MemoryLog, which outlive it as a disk does. */
export interface MemoryDisk {
  /** Groups in order; an erased or trimmed one is undefined. */
  readonly groups: (Uint8Array | undefined)[];
}

/** An event log in memory. A position is the number of groups before it. */
export class MemoryLog implements ErasableEventLog {
  /** The next append fails with this error, after it has stored the events if `storesFailed`. */
  nextFailure: PairstreamError | undefined;
  storesFailed = false;
  /** While set, appended events are not delivered. */
  delay: Promise<void> | undefined;
  readonly disk: MemoryDisk;
  private readonly failed = Promise.withResolvers<never>();
  private next = 0;
  private deliverNext: Deliver | undefined;
  private delivering: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(disk: MemoryDisk = { groups: [] }) {
    this.disk = disk;
    this.failed.promise.catch(() => undefined);
  }

  get failure(): Promise<never> {
    return this.failed.promise;
  }

  get state(): EventLogState {
    return {
      diskBytes: 0,
      maxDiskBytes: 0,
      unsyncedBytes: 0,
      maxUnsyncedBytes: 1 << 20,
      lagCount: 0,
      appendedCount: 0,
      storedCount: this.events().length / EVENT_BYTES,
      isAway: false,
      skippedMessageCount: 0,
    };
  }

  /** Every stored event. */
  events(): Uint8Array {
    return Buffer.concat(this.disk.groups.filter((group) => group !== undefined));
  }

  /** Ends the delivery with an error. */
  fail(error: PairstreamError): void {
    this.deliverNext = undefined;
    this.failed.reject(error);
  }

  async append(events: Uint8Array): Promise<void> {
    if (this.isClosed) throw new PairstreamError('SHUTTING_DOWN', 'closed');
    await Promise.resolve();
    const failure = this.nextFailure;
    this.nextFailure = undefined;
    if (failure === undefined || this.storesFailed) this.disk.groups.push(events.slice());
    if (failure !== undefined) throw failure;
    void this.deliverAll();
  }

  async consume(from: LogPosition | undefined, deliver: Deliver): Promise<void> {
    const oldest = this.disk.groups.findIndex((group) => group !== undefined);
    const first = oldest < 0 ? this.disk.groups.length : oldest;
    const start = from === undefined ? first : Number(from);
    if (start < first && this.disk.groups.length > 0)
      throw new PairstreamError('EVENT_LOG_GAP', `the log begins at ${first}, after ${start}`);
    this.next = start;
    this.deliverNext = deliver;
    await this.deliverAll();
  }

  async trim(upTo: LogPosition): Promise<void> {
    await Promise.resolve();
    for (let i = 0; i < Number(upTo); i += 1) this.disk.groups[i] = undefined;
  }

  async erase(isErased: EventFilter): Promise<number> {
    await Promise.resolve();
    let erasedCount = 0;
    for (const group of this.disk.groups) {
      if (group === undefined) continue;
      const view = new DataView(group.buffer, group.byteOffset, group.byteLength);
      for (let at = 0; at < group.length; at += EVENT_BYTES) {
        if (!isErased(view, at)) continue;
        group.fill(0, at, at + EVENT_BYTES);
        group[at + 95] = 255;
        erasedCount += 1;
      }
    }
    return erasedCount;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.delivering;
  }

  private async deliverAll(): Promise<void> {
    const before = this.delivering;
    const run = async (): Promise<void> => {
      await before;
      await this.delay;
      while (this.deliverNext !== undefined && this.next < this.disk.groups.length) {
        const events = this.disk.groups[this.next];
        this.next += 1;
        if (events !== undefined) await this.deliverNext({ events, position: this.next });
      }
    };
    this.delivering = run();
    await this.delivering;
  }
}
