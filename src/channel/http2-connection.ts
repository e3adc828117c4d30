import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from 'node:http2';
import type { TlsOptions } from './bytes-channel.js';

/** Where a server is, and how it is connected to. */
export interface Http2ConnectionOptions {
  /** host:port */
  readonly target: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds after which the connection is probed, again and again, while there are calls. */
  readonly keepaliveTimeMs: number;
  /** Milliseconds after which a connection that does not answer its probe is given up. Default 20,000. */
  readonly keepaliveTimeoutMs?: number | undefined;
  /** Calls after which the next ones get a connection of their own. Default 2^29: there are numbers for 2^30. */
  readonly maxCallCount?: number;
}

const MIB = 1_048_576;
/** Bytes that may be on their way to us in one call, and in all: an answer of megabytes need not wait for permission. */
const STREAM_WINDOW_BYTES = 8 * MIB;
const CONNECTION_WINDOW_BYTES = 64 * MIB;
/** Node ends streams when a session holds more, and a message may be of 2 GiB. */
const MAX_SESSION_MEMORY_MIB = 65_536;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
const MAX_CALL_COUNT = 2 ** 29;

/** A connection to a server, made when it is needed and made again when it was lost. */
export class Http2Connection {
  private live: LiveSession | undefined;

  constructor(private readonly options: Http2ConnectionOptions) {}

  /** A connection for one call, which may still be on its way. It keeps the process alive until `leave`. */
  enter(): LiveSession {
    const { maxCallCount = MAX_CALL_COUNT } = this.options;
    let { live } = this;
    if (live?.isUsable !== true || live.callCount >= maxCallCount) {
      live?.session.close();
      live = new LiveSession(this.options);
      this.live = live;
    }
    return live.enter();
  }

  /** Ends the connection; calls that are under way are finished. */
  close(): void {
    this.live?.session.close();
    this.live = undefined;
  }
}

/** One connection for as long as it lasts. */
export class LiveSession {
  readonly session: ClientHttp2Session;
  /** Settles when the server has answered the connection, or when there will be none. */
  readonly reached: Promise<void>;
  private useCount = 0;
  private count = 0;

  constructor(options: Http2ConnectionOptions) {
    const { target, tls } = options;
    const session = connect(`${tls === undefined ? 'http' : 'https'}://${target}`, {
      ...tlsOptions(tls),
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
      maxSessionMemory: MAX_SESSION_MEMORY_MIB,
    });
    this.session = session;
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    // The server takes no more calls on it.
    session.once('goaway', () => session.close());
    this.reached = this.wait();
    // Calls tell the same to those who wait for them.
    this.reached.catch(() => undefined);
    this.probe(options);
  }

  /** Whether calls may still be made on it. */
  get isUsable(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  /** Calls so far. */
  get callCount(): number {
    return this.count;
  }

  /** A call begins. */
  enter(): this {
    this.count += 1;
    this.useCount += 1;
    if (this.useCount === 1) this.session.ref();
    return this;
  }

  /** A call is over. */
  leave(): void {
    this.useCount -= 1;
    if (this.useCount === 0) this.session.unref();
  }

  private wait(): Promise<void> {
    const { session } = this;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        session.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`));
      };
      const timer = setTimeout(giveUp, CONNECT_TIMEOUT_MS).unref();
      session.once('remoteSettings', () => {
        clearTimeout(timer);
        resolve();
      });
      session.on('error', reject);
      session.once('close', () => {
        clearTimeout(timer);
        reject(new Error('the connection was closed'));
      });
    });
  }

  /** A peer that is gone without a word is found out by a ping, while there are calls. */
  private probe({
    keepaliveTimeMs,
    keepaliveTimeoutMs = KEEPALIVE_TIMEOUT_MS,
  }: Http2ConnectionOptions): void {
    const { session } = this;
    const prober = setInterval(() => {
      if (this.useCount === 0 || session.destroyed || session.connecting) return;
      const timer = setTimeout(
        () => session.destroy(new Error('the server answers no ping')),
        keepaliveTimeoutMs,
      ).unref();
      session.ping(() => clearTimeout(timer));
    }, keepaliveTimeMs).unref();
    session.once('close', () => clearInterval(prober));
  }
}

function tlsOptions(tls: TlsOptions | undefined): SecureClientSessionOptions {
  if (tls === undefined) return {};
  const { rootCertificates: ca, certificateChain: cert, privateKey: key, serverName: servername } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}
