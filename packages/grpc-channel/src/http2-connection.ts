import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { LONGEST_TIMER_MS } from './call-timeout.js';

/** How a server proves who it is, and how its client does. All PEM. */
export interface TlsOptions {
  /** Certificates that are trusted. Default: those that Node trusts. */
  readonly rootCertificates?: Buffer;
  /** Certificate and key of the client, for servers that ask for them (mTLS). */
  readonly certificateChain?: Buffer;
  readonly privateKey?: Buffer;
  /** The name that the server's certificate must have, when it is not that of the target. */
  readonly serverName?: string;
}

/** Where a server is, and how it is connected to. */
export interface Http2ConnectionOptions {
  /** host:port; an IPv6 address in brackets */
  readonly target: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds after which the connection is probed, again and again, while there are calls. */
  readonly keepaliveTimeMs: number;
  /** Milliseconds after which a connection that does not answer its probe is given up. Default 20,000. */
  readonly keepaliveTimeoutMs?: number | undefined;
  /** Milliseconds after which a connection that does not come about is given up. Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Calls after which the next ones get a connection of their own. Default 2^29: there are numbers for 2^30. */
  readonly maxCallCount?: number | undefined;
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
/** A connection that takes no new calls waits so long for those it has. */
const LONGEST_DRAIN_MS = 300_000;

/** A connection to a server, made when it is needed and made again when it was lost. */
export class Http2Connection {
  private live: LiveSession | undefined;
  private isClosed = false;

  constructor(private readonly options: Http2ConnectionOptions) {}

  /**
   * A connection for one call, which may still be on its way. It keeps the process alive until `leave`.
   * @throws Error after `close`
   */
  enter(): LiveSession {
    if (this.isClosed) throw new Error('the client is closed');
    const { maxCallCount = MAX_CALL_COUNT } = this.options;
    let { live } = this;
    if (live?.isUsable !== true || live.callCount >= maxCallCount) {
      live?.drain();
      live = new LiveSession(this.options);
      this.live = live;
    }
    return live.enter();
  }

  /** Ends the connection at once; the next call makes a new one. */
  reset(reason: string): void {
    this.live?.destroy(new Error(reason));
    this.live = undefined;
  }

  /** Ends the connection for good; calls that were sent are finished. */
  close(): void {
    this.isClosed = true;
    this.live?.drain();
    this.live = undefined;
  }
}

/** One connection for as long as it lasts. */
export class LiveSession {
  readonly session: ClientHttp2Session;
  /** Settles when the server has answered the connection, or when there will be none. */
  readonly reached: Promise<void>;
  /** Ended by itself: a session that ends leaves its socket alone while that is connecting or cannot be written to. */
  private readonly socket: Socket;
  private useCount = 0;
  private count = 0;

  constructor(options: Http2ConnectionOptions) {
    const { target, tls } = options;
    const { hostname, port } = new URL(`http://${target}`);
    // URLs leave out the port 80.
    const address = { host: hostname.replaceAll(/^\[|\]$/g, ''), port: Number(port || 80) };
    this.socket =
      tls === undefined ? connectTcp(address) : connectTls({ ...address, ...tlsOptions(tls, address.host) });
    this.session = connect(`${tls === undefined ? 'http' : 'https'}://${target}`, {
      createConnection: () => this.socket,
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
      maxSessionMemory: MAX_SESSION_MEMORY_MIB,
    });
    const { session } = this;
    session.once('connect', () => {
      // Also emitted for a session that was ended before.
      if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
    // The server takes no more calls on it.
    session.once('goaway', () => this.drain());
    this.reached = this.wait(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
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
    if (this.useCount === 1) this.socket.ref();
    return this;
  }

  /** A call is over. */
  leave(): void {
    this.useCount -= 1;
    if (this.useCount === 0) this.socket.unref();
  }

  /** Takes no more calls, and ends when those it has are over. */
  drain(): void {
    if (this.useCount === 0) return this.destroy();
    const timer = setTimeout(() => {
      this.destroy(new Error(`calls were not over ${LONGEST_DRAIN_MS} ms after the connection`));
    }, LONGEST_DRAIN_MS).unref();
    this.session.once('close', () => clearTimeout(timer));
    this.session.close();
    return undefined;
  }

  /** Ends it at once, and its calls with the error. */
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

  /** A peer that is gone without a word is found out by a ping, while there are calls. */
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
    // No name may be given for an address.
    ...(serverName === undefined && isIP(host) !== 0 ? {} : { servername: serverName ?? host }),
    ...(rootCertificates === undefined ? {} : { ca: rootCertificates }),
    ...(certificateChain === undefined ? {} : { cert: certificateChain }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
  };
}
