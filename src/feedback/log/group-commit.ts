import { setImmediate } from 'node:timers/promises';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { closed } from './log-errors.js';

/** Most bytes of events in a group. Calls that arrive while it is written wait for the next group. */
const MAX_GROUP_BYTES = 4 * 2 ** 20;
const MAX_RETRY_MS = 1_000;

interface Waiting {
  readonly events: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Groups calls of `append`: calls that arrive while a group is written form the next group. Bounded. */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private bytes = 0;
  private running: Promise<void> | undefined;
  private lastWriteMs = 1;
  private isClosed = false;

  /**
   * @param maxBytes bound of the bytes that wait or are written. A larger call is accepted alone
   * @param write makes the events of a group durable, in the given order
   */
  constructor(
    readonly maxBytes: number,
    private readonly write: (appends: readonly Uint8Array[]) => Promise<void>,
  ) {}

  /** Bytes that wait or are written. */
  get unsyncedBytes(): number {
    return this.bytes;
  }

  /** @throws PairstreamError BUSY at the bound, SHUTTING_DOWN after close, and what `write` throws */
  append(events: Uint8Array): Promise<void> {
    if (this.isClosed) return Promise.reject(closed());
    if (this.bytes > 0 && this.bytes + events.length > this.maxBytes) return Promise.reject(this.busy());
    this.bytes += events.length;
    return new Promise<void>((resolve, reject) => {
      this.waiting.push({ events, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Refuses later calls, and waits for the calls that wait or are written. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      // Callers that were woken by the previous group append again in this turn of the event loop.
      await setImmediate();
      const group = this.takeGroup();
      const startedMs = performance.now();
      try {
        await this.write(group.map(({ events }) => events));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      for (const { events } of group) this.bytes -= events.length;
      this.lastWriteMs = performance.now() - startedMs;
    }
    this.running = undefined;
  }

  private takeGroup(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    do {
      bytes += this.waiting[count]!.events.length;
      count += 1;
    } while (count < this.waiting.length && bytes + this.waiting[count]!.events.length <= MAX_GROUP_BYTES);
    return this.waiting.splice(0, count);
  }

  private busy(): PairstreamError {
    return new PairstreamError(
      'BUSY',
      `${this.bytes} bytes of events wait for the disk, at most ${this.maxBytes} are accepted; retry later`,
      { retryAfterMs: Math.min(MAX_RETRY_MS, Math.ceil(this.lastWriteMs)) },
    );
  }
}
