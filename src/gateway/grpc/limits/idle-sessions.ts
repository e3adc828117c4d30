import type { Http2Session, ServerHttp2Stream } from 'node:http2';

/** The HTTP/2 sessions of a server that have no open call. */
export class IdleSessions {
  /** Sessions without any call so far, oldest first: a Set keeps the order of its entries. */
  private readonly unused = new Set<Http2Session>();
  /** Sessions whose calls have all ended, idle longest first. */
  private readonly idle = new Set<Http2Session>();
  private readonly callCount = new WeakMap<Http2Session, number>();

  /** A session has begun. */
  add(session: Http2Session): void {
    this.unused.add(session);
    session.once('close', () => {
      this.unused.delete(session);
      this.idle.delete(session);
    });
  }

  /** A call has begun: its session is not idle until the call ends. */
  openCall(stream: ServerHttp2Stream): void {
    const { session } = stream;
    if (session === undefined) return;
    this.unused.delete(session);
    this.idle.delete(session);
    this.callCount.set(session, (this.callCount.get(session) ?? 0) + 1);
    stream.once('close', () => {
      const leftCount = (this.callCount.get(session) ?? 1) - 1;
      this.callCount.set(session, leftCount);
      if (leftCount === 0 && !session.destroyed) this.idle.add(session);
    });
  }

  /**
   * Ends the oldest session without any call so far, or else the one that is idle longest. Its caller connects again when it
   * has a call.
   * @returns false if every session has an open call
   */
  endOldest(): boolean {
    const [oldest] = this.unused.size > 0 ? this.unused : this.idle;
    if (oldest === undefined) return false;
    this.unused.delete(oldest);
    this.idle.delete(oldest);
    oldest.destroy();
    return true;
  }
}
