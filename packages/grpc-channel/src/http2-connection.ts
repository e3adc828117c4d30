import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { LONGEST_TIMER_MS } from './call-timeout.js';
import { parseTarget, type ServerAddress } from './server-address.js';

/** TLS settings for the authentication of server and client. All PEM. */
export interface TlsOptions {
  /** Trusted certificates of authorities. Default: those that Node trusts. */
  readonly rootCertificates?: Buffer;
  /** Certificate and key of the client, for servers that require them (mTLS). */
  readonly certificateChain?: Buffer;
  readonly privateKey?: Buffer;
  /** Name that the server's certificate must have. Default: the host of the target. */
  readonly serverName?: string;
}

/** Address and connection settings of a server. */
export interface Http2ConnectionOptions {
  /** `host:port` with an IPv6 address in brackets, or a name with a scheme of gRPC: see `parseTarget`. */
  readonly target: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Interval of probes (pings) while calls are open, milliseconds. */
  readonly keepaliveTimeMs: number;
  /** Time limit for the answer to a probe, milliseconds; then the connection is closed. Default 20,000. */
  readonly keepaliveTimeoutMs?: number | undefined;
  /** Time limit for establishing a connection, milliseconds. Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Maximum number of calls per connection; later calls use a new one. Default 2^29, because there are 2^30 stream numbers. */
  readonly maxCallCount?: number | undefined;
}

const MIB = 1_048_576;
/** Flow-control window of one call and of all calls, bytes. Large enough that answers of megabytes arrive without waiting. */
const STREAM_WINDOW_BYTES = 8 * MIB;
const CONNECTION_WINDOW_BYTES = 64 * MIB;
/** Memory limit of a session. Node ends streams above it, and a message may have 2 GiB. */
const MAX_SESSION_MEMORY_MIB = 65_536;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
const MAX_CALL_COUNT = 2 ** 29;
/** Maximum time that a draining connection waits for its calls, milliseconds. */
const LONGEST_DRAIN_MS = 300_000;

/** A connection to a server. Connects at the first call, and again after a connection was lost. */
export class Http2Connection {
  private readonly address: ServerAddress;
  private live: LiveSession | undefined;
  private closed = false;

  /** @throws TypeError for an invalid target */
  constructor(private readonly options: Http2ConnectionOptions) {
    const { target } = options;
    const address = parseTarget(target);
    if (address === undefined) throw new TypeError(`target "${target}": expected host:port`);
    this.address = address;
  }

  /** Value of the header `:authority` of calls without TLS. */
  get authority(): string {
    return this.address.authority;
  }

  /** True after `close`. */
  get isClosed(): boolean {
    return this.closed;
  }

  /**
   * Returns the connection for one call; it may still be connecting. It keeps the process alive until `leave`.
   * @throws Error after `close`
   */
  enter(): LiveSession {
    if (this.closed) throw new Error('the client is closed');
    const { maxCallCount = MAX_CALL_COUNT } = this.options;
    let { live } = this;
    if (live?.isUsable !== true || live.callCount >= maxCallCount) {
      live?.drain();
      live = new LiveSession(this.address, this.options);
      this.live = live;
    }
    return live.enter();
  }

  /** Closes the connection at once; the next call opens a new one. */
  reset(reason: string): void {
    this.live?.destroy(new Error(reason));
    this.live = undefined;
  }

  /** Closes the connection after its calls have ended, and refuses new calls. */
  close(): void {
    this.closed = true;
    this.live?.drain();
    this.live = undefined;
  }
}

/** One connection, from connecting to its end. */
export class LiveSession {
  readonly session: ClientHttp2Session;
  /** Resolves when the server has answered; rejects if the connection fails. */
  readonly reached: Promise<void>;
  /** Destroyed separately, because a session does not destroy a socket that is connecting or blocked. */
  private readonly socket: Socket;
  private useCount = 0;
  private count = 0;

  constructor({ endpoint }: ServerAddress, options: Http2ConnectionOptions) {
    const { tls } = options;
    const host = 'host' in endpoint ? endpoint.host : 'localhost';
    this.socket =
      tls === undefined ? connectSocket(endpoint) : connectTls({ ...endpoint, ...tlsOptions(tls, host) });
    // Every call sets `:authority`, so that only the scheme of the URL counts. An IPv6 address with a zone is no valid URL.
    this.session = connect(`${tls === undefined ? 'http' : 'https'}://localhost`, {
      createConnection: () => this.socket,
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
      maxSessionMemory: MAX_SESSION_MEMORY_MIB,
    });
    const { session } = this;
    session.once('connect', () => {
      // Also emitted for a session that has ended already.
      if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
    // The server accepts no more calls on this connection.
    session.once('goaway', () => this.drain());
    this.reached = this.wait(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
    // The calls report the same error to their callers.
    this.reached.catch(() => undefined);
    this.probe(options);
  }

  /** True if the connection accepts new calls. */
  get isUsable(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  /** Number of calls so far. */
  get callCount(): number {
    return this.count;
  }

  /** Registers the start of a call. */
  enter(): this {
    this.count += 1;
    this.useCount += 1;
    if (this.useCount === 1) this.socket.ref();
    return this;
  }

  /** Registers the end of a call. */
  leave(): void {
    this.useCount -= 1;
    if (this.useCount === 0) this.socket.unref();
  }

  /** Accepts no more calls, and closes after the current ones have ended. */
  drain(): void {
    if (this.useCount === 0) return this.destroy();
    const timer = setTimeout(() => {
      this.destroy(new Error(`calls were not over ${LONGEST_DRAIN_MS} ms after the connection`));
    }, LONGEST_DRAIN_MS).unref();
    this.session.once('close', () => clearTimeout(timer));
    this.session.close();
    return undefined;
  }

  /** Closes the connection at once. Its calls fail with the error. */
  destroy(error?: Error): void {
    this.socket.destroy(error);
  }

  private wait(timeoutMs: number): Promise<void> {
    const { session } = this;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => this.destroy(new Error(`no connection within ${timeoutMs} ms`));
      const timer = setTimeout(giveUp, timeoutMs).unref();
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

  /** Detects a lost peer by pings, while calls are open. */
  private probe({
    keepaliveTimeMs,
    keepaliveTimeoutMs = KEEPALIVE_TIMEOUT_MS,
  }: Http2ConnectionOptions): void {
    const { session } = this;
    const ask = (): void => {
      if (this.useCount === 0 || !this.isUsable || session.connecting) return;
      const giveUp = (): void => this.destroy(new Error('the server answers no ping'));
      const timer = setTimeout(giveUp, keepaliveTimeoutMs).unref();
      session.ping(() => clearTimeout(timer));
    };
    const prober = setInterval(ask, Math.min(keepaliveTimeMs, LONGEST_TIMER_MS)).unref();
    session.once('close', () => clearInterval(prober));
  }
}

function tlsOptions(
  { rootCertificates, certificateChain, privateKey, serverName }: TlsOptions,
  host: string,
): ConnectionOptions {
  return {
    ALPNProtocols: ['h2'],
    // TLS does not allow an IP address as the server name.
    ...(serverName === undefined && isIP(host) !== 0 ? {} : { servername: serverName ?? host }),
    ...(rootCertificates === undefined ? {} : { ca: rootCertificates }),
    ...(certificateChain === undefined ? {} : { cert: certificateChain }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
  };
}
