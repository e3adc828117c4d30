import type { CallerAccount } from '../../../concurrency/caller-accounts.js';
import { callerLimit } from '../../../concurrency/caller-limit.js';
import { Sharing } from '../../../concurrency/sharing.js';
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
  private readonly sharing = new Sharing();

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

  /** True if bytes fit in the bound of all callers. @param ofCallBytes that the call holds already */
  hasRoom(byteCount: number, ofCallBytes: number): boolean {
    return this.level.total + byteCount <= this.limitFor(ofCallBytes + byteCount);
  }

  /**
   * Takes bytes before they are kept.
   * @param byteCount to take
   * @param ofCallBytes that the call holds already
   * @param caller that the bytes are counted for. Default: none, and no bound of a caller
   * @throws PairstreamError BUSY with a retry delay; nothing is taken
   */
  take(byteCount: number, ofCallBytes: number, caller?: CallerAccount): void {
    const { level } = this;
    if (caller !== undefined) this.checkCaller(byteCount, caller);
    // Published before it is compared, so that two threads never take the last bytes both.
    level.own += byteCount;
    if (level.total <= this.limitFor(ofCallBytes + byteCount)) {
      if (caller !== undefined) caller.byteCount += byteCount;
      return;
    }
    level.own -= byteCount;
    throw new PairstreamError(
      'BUSY',
      `received messages hold ${level.total} of ${this.limitBytes} bytes, no room for ${byteCount} more; try again in ${RETRY_AFTER_MS} ms`,
      { retryAfterMs: RETRY_AFTER_MS },
    );
  }

  /** Gives bytes back that were taken. @param caller as in `take` */
  give(byteCount: number, caller?: CallerAccount): void {
    this.level.own -= byteCount;
    if (caller !== undefined) caller.byteCount -= byteCount;
  }

  private checkCaller(byteCount: number, caller: CallerAccount): void {
    const { limitBytes, level, sharing } = this;
    sharing.note(caller.name);
    const ofCaller = caller.byteCount + byteCount;
    if (ofCaller <= SMALL_CALL_BYTES || !sharing.isShared) return;
    const mostBytes = callerLimit(limitBytes, level.total, true);
    if (ofCaller <= mostBytes) return;
    throw new PairstreamError(
      'BUSY',
      `messages of caller ${caller.name} hold ${caller.byteCount} bytes and ${byteCount} more were received, expected at most ${mostBytes}: while others are active, a caller may hold as many bytes as are free of ${limitBytes} (PAIRSTREAM_MAX_BUFFERED_MESSAGE_BYTES); try again in ${RETRY_AFTER_MS} ms`,
      { retryAfterMs: RETRY_AFTER_MS },
    );
  }

  private limitFor(ofCallBytes: number): number {
    return ofCallBytes <= SMALL_CALL_BYTES ? this.limitBytes : this.limitBytes * LARGE_SHARE;
  }
}
