import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { ThreadLevel } from '../../../concurrency/thread-level.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Most open calls of this process. An idle call takes 11 kB, so all of them take 450 MB. */
export const MAX_OPEN_CALLS = 40_000;

/** A connection with at most this many open calls may use the whole bound; other connections leave a quarter free. */
const SMALL_CONNECTION_CALLS = 100;

/** Fraction of the bound that connections above SMALL_CONNECTION_CALLS may use together with all others. */
const LARGE_SHARE = 0.75;

/** Delay before a refused caller tries again, milliseconds. */
const RETRY_AFTER_MS = 1_000;

/** Bound on the open calls over all connections and threads. */
export class OpenCalls {
  private readonly countOfSession = new WeakMap<Http2Session, number>();

  /**
   * @param limit most open calls
   * @param level open calls of all threads together. Default: of this object alone
   */
  constructor(
    private readonly limit: number,
    private readonly level = ThreadLevel.alone(),
  ) {}

  /**
   * Counts a call until it ends.
   * @throws PairstreamError BUSY with a retry delay if the bound is reached; the call is not counted
   */
  open(stream: ServerHttp2Stream): void {
    const { session } = stream;
    if (session === undefined) return;
    const ofSession = (this.countOfSession.get(session) ?? 0) + 1;
    const limit = ofSession <= SMALL_CONNECTION_CALLS ? this.limit : this.limit * LARGE_SHARE;
    const { level } = this;
    level.own += 1;
    if (level.total > limit) {
      level.own -= 1;
      const message = `${level.total} calls are open, ${ofSession - 1} of them on this connection, no more are accepted; try again in ${RETRY_AFTER_MS} ms`;
      throw new PairstreamError('BUSY', message, { retryAfterMs: RETRY_AFTER_MS });
    }
    this.countOfSession.set(session, ofSession);
    stream.once('close', () => {
      level.own -= 1;
      this.countOfSession.set(session, (this.countOfSession.get(session) ?? 1) - 1);
    });
  }
}
