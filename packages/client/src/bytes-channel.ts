import {
  type BytesCallOptions,
  type GrpcStatusError,
  Http2Connection,
  StreamChannel,
  type TlsOptions,
  UnaryChannel,
} from '@pairstream/grpc-channel';

/** Address and settings of a channel. */
export interface BytesChannelOptions {
  /** `host:port`, or a name with a scheme of gRPC. */
  readonly target: string;
  /** Maximum size of a message in both directions, bytes. */
  readonly maxMessageBytes: number;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Headers of every call, by names in lower case. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Converts the status of a call to the error that calls throw.
   * @param wasCancelled true if the caller cancelled
   */
  readonly toError: (error: GrpcStatusError, wasCancelled: boolean) => Error;
}

/** Interval of pings while calls are open, milliseconds. Servers of gRPC close connections that ping every 300,000 ms or more often. */
const KEEPALIVE_TIME_MS = 330_000;
/** Time limit for establishing a connection, milliseconds. */
const CONNECT_TIMEOUT_MS = 20_000;

/** gRPC calls on bytes to one server, over one connection, with timeouts, cancels and back-pressure. */
export class BytesChannel {
  private readonly calls: UnaryChannel;
  private readonly streams: StreamChannel;

  /** @throws TypeError for an invalid target */
  constructor(options: BytesChannelOptions) {
    const settings = {
      ...options,
      keepaliveTimeMs: KEEPALIVE_TIME_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    };
    const connection = new Http2Connection(settings);
    this.calls = new UnaryChannel(settings, connection);
    this.streams = new StreamChannel(settings, connection);
  }

  /** Waits until the server can be reached. @throws Error after the timeout */
  waitForReady(timeoutMs: number): Promise<void> {
    return this.calls.waitForReady(timeoutMs);
  }

  /** Sends one message and waits for the one answer, which the caller owns. @throws the error that `toError` returns */
  async unary(path: string, request: Buffer, options: BytesCallOptions): Promise<Buffer> {
    const message = this.calls.acquireMessage(request.byteLength);
    message.set(request);
    return await this.calls.callForKeeps(path, message, options);
  }

  /**
   * Sends messages and yields the answers of one bidirectional call. Pulls messages only while the connection accepts them,
   * and reads answers only as the caller takes them. Leaving the loop cancels the call.
   * @throws the error that `toError` returns, or an error of the source of the messages
   */
  stream(
    path: string,
    requests: AsyncIterable<Buffer>,
    options: BytesCallOptions,
  ): AsyncGenerator<Buffer, void, undefined> {
    return this.streams.stream(path, requests, options);
  }

  /** Closes the connection after the calls in flight have ended. */
  close(): void {
    this.calls.close();
  }
}
