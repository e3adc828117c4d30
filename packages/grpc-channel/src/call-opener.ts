import type { ClientHttp2Stream } from 'node:http2';
import { status } from './status-code.js';
import { GrpcStatusError } from './grpc-status.js';
import type { Http2Connection, Http2ConnectionOptions, LiveSession } from './http2-connection.js';

const US_PER_MS = 1_000;
/** Largest value of the header grpc-timeout, which has at most eight digits. */
const LONGEST_TIMEOUT = 99_999_999;

/** Settings of every call of a channel. */
export interface CallOpenerOptions extends Http2ConnectionOptions {
  /** Headers of every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Opens gRPC calls on a connection. */
export class CallOpener {
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly connection: Http2Connection,
    { tls, headers }: CallOpenerOptions,
  ) {
    this.headers = {
      ...headers,
      ':method': 'POST',
      ':authority': tls?.serverName ?? connection.authority,
      te: 'trailers',
      'content-type': 'application/grpc+proto',
      'user-agent': 'pairstream',
    };
  }

  /**
   * Opens a call. The connection stays in use until the stream of the call is closed.
   * @param timeoutMs sent to the server as grpc-timeout; Infinity for no limit
   * @throws GrpcStatusError UNAVAILABLE after the connection was closed for good
   */
  open(path: string, timeoutMs: number): ClientHttp2Stream {
    let live: LiveSession;
    try {
      live = this.connection.enter();
    } catch (error) {
      throw new GrpcStatusError(status.UNAVAILABLE, 'the client is closed', error);
    }
    const stream = live.session.request({ ...this.headers, ':path': path, ...timeoutHeader(timeoutMs) });
    stream.once('close', () => live.leave());
    return stream;
  }
}

function timeoutHeader(timeoutMs: number): Record<string, string> {
  const timeoutUs = Math.max(1, Math.floor(timeoutMs * US_PER_MS));
  if (timeoutUs <= LONGEST_TIMEOUT) return { 'grpc-timeout': `${timeoutUs}u` };
  return timeoutMs <= LONGEST_TIMEOUT ? { 'grpc-timeout': `${Math.ceil(timeoutMs)}m` } : {};
}
