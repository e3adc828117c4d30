import type { CallAccount } from '../../../concurrency/caller-accounts.js';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Caller } from '../../../security/caller.js';

/** The encoded answer to one request. */
export interface Answer {
  readonly bytes: Uint8Array;
  /** Reason why the request was refused; undefined if it was answered. */
  readonly error?: PairstreamError;
  /** True if the answer must not be sent before the answers to earlier requests of its stream. */
  readonly isOrdered: boolean;
}

/** Answers the requests of one method. */
export interface MessageHandler {
  /**
   * Answers one request. Never throws.
   * @param bytes of the request
   * @param callDeadlineMs deadline of the whole call on the clock of performance.now(); Infinity: no deadline
   * @param call that the request came with; undefined: unknown
   * @param caller undefined without authentication
   */
  answer(
    bytes: Uint8Array,
    callDeadlineMs: number,
    signal: AbortSignal,
    call?: CallAccount,
    caller?: Caller,
  ): Promise<Answer>;
}
