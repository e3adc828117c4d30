import { ThreadLevel } from '../../../concurrency/thread-level.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/** A call that holds at most this many bytes may use the whole budget; larger calls leave a quarter of it free. */
export const SMALL_CALL_BYTES = 262_144;

/** Fraction of the budget that calls above SMALL_CALL_BYTES may use together with all others. */
const LARGE_SHARE = 0.75;

/** Delay before a refused caller tries again, milliseconds. */
const RETRY_AFTER_MS = 200;

/**
 * Bound on the bytes of received messages in this process, over all calls and threads: parts of messages, whole messages that wait for
 * their answer, and the output of decompression. Without the bound, 150 calls that send 20 KB of gzip each unpack to 9 GB.
 */
export class MessageBudget {
  /**
   * @param limitBytes most bytes held at a time
   * @param level bytes held by all threads together. Default: by this budget alone
   */
  constructor(
    readonly limitBytes: number,
    private readonly level = ThreadLevel.alone(),
  ) {}

  /** Bytes held now in this thread. */
  get heldBytes(): number {
    return this.level.own;
  }

  /** True if `take` with the same arguments would succeed. */
  hasRoom(byteCount: number, ofCallBytes: number): boolean {
    return this.level.total + byteCount <= this.limitFor(ofCallBytes + byteCount);
  }

  /**
   * Takes bytes before they are kept.
   * @param byteCount to take
   * @param ofCallBytes that the call holds already
   * @throws PairstreamError BUSY with a retry delay; nothing is taken
   */
  take(byteCount: number, ofCallBytes: number): void {
    const { level } = this;
    // Published before it is compared, so that two threads never take the last bytes both.
    level.own += byteCount;
    if (level.total <= this.limitFor(ofCallBytes + byteCount)) return;
    level.own -= byteCount;
    throw new PairstreamError(
      'BUSY',
      `received messages hold ${level.total} of ${this.limitBytes} bytes, no room for ${byteCount} more; try again in ${RETRY_AFTER_MS} ms`,
      { retryAfterMs: RETRY_AFTER_MS },
    );
  }

  /** Gives bytes back that were taken. */
  give(byteCount: number): void {
    this.level.own -= byteCount;
  }

  private limitFor(ofCallBytes: number): number {
    return ofCallBytes <= SMALL_CALL_BYTES ? this.limitBytes : this.limitBytes * LARGE_SHARE;
  }
}
