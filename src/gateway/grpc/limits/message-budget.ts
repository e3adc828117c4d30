import { PairstreamError } from '../../../errors/pairstream-error.js';

/** A call that holds at most this many bytes may use the whole budget; larger calls leave a quarter of it free. */
export const SMALL_CALL_BYTES = 262_144;

/** Fraction of the budget that calls above SMALL_CALL_BYTES may use together with all others. */
const LARGE_SHARE = 0.75;

/** Delay before a refused caller tries again, milliseconds. */
const RETRY_AFTER_MS = 200;

/**
 * Bound on the bytes of received messages in this process, over all calls: parts of messages, whole messages that wait for
 * their answer, and the output of decompression. Without the bound, 150 calls that send 20 KB of gzip each unpack to 9 GB.
 */
export class MessageBudget {
  private takenBytes = 0;

  /** @param limitBytes most bytes held at a time */
  constructor(readonly limitBytes: number) {}

  /** Bytes held now. */
  get heldBytes(): number {
    return this.takenBytes;
  }

  /** True if `take` with the same arguments would succeed. */
  hasRoom(byteCount: number, ofCallBytes: number): boolean {
    const isSmall = ofCallBytes + byteCount <= SMALL_CALL_BYTES;
    const limitBytes = isSmall ? this.limitBytes : this.limitBytes * LARGE_SHARE;
    return this.takenBytes + byteCount <= limitBytes;
  }

  /**
   * Takes bytes before they are kept.
   * @param byteCount to take
   * @param ofCallBytes that the call holds already
   * @throws PairstreamError BUSY with a retry delay; nothing is taken
   */
  take(byteCount: number, ofCallBytes: number): void {
    if (!this.hasRoom(byteCount, ofCallBytes))
      throw new PairstreamError(
        'BUSY',
        `received messages hold ${this.takenBytes} of ${this.limitBytes} bytes, no room for ${byteCount} more; try again in ${RETRY_AFTER_MS} ms`,
        { retryAfterMs: RETRY_AFTER_MS },
      );
    this.takenBytes += byteCount;
  }

  /** Gives bytes back that were taken. */
  give(byteCount: number): void {
    this.takenBytes -= byteCount;
  }
}
