import { once } from 'node:events';
import {
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

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

/** Where a server is, and how it is talked to. */
export interface BytesChannelOptions {
  /** host:port */
  readonly target: string;
  /** Largest message either way, bytes. */
  readonly maxMessageBytes: number;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds without traffic after which the connection is probed while calls are open. Default: never. */
  readonly keepaliveTimeMs?: number | undefined;
  /** Most milliseconds between two attempts to reach a server that is away. Default: gRPC's 120,000. */
  readonly maxReconnectDelayMs?: number | undefined;
  /**
   * Makes what is thrown of what gRPC says.
   * @param wasCancelled whether the caller did it
   */
  readonly toError: (error: ServiceError, wasCancelled: boolean) => Error;
}

/** How long one call may take. */
export interface BytesCallOptions {
  /** Milliseconds from now until the call fails with DEADLINE_EXCEEDED. Default: none. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const KEEPALIVE_TIMEOUT_MS = 20_000;
const FIRST_RECONNECT_DELAY_MS = 100;

const identity = (bytes: Buffer): Buffer => bytes;

/** A connection of its own to one gRPC server: calls on bytes, with deadline, cancel and back-pressure. */
export class BytesChannel {
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor(private readonly options: BytesChannelOptions) {
    for (const [key, value] of Object.entries(options.headers ?? {})) this.metadata.set(key, value);
    this.client = new Client(options.target, credentialsOf(options.tls), grpcOptions(options));
  }

  /** Waits until the server can be reached. @throws Error of gRPC after the timeout */
  waitForReady(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.client.waitForReady(Date.now() + timeoutMs, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /** Sends one message and waits for the answer. @throws what `toError` makes */
  unary(path: string, request: Buffer, { timeoutMs, signal }: BytesCallOptions): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        path,
        identity,
        identity,
        request,
        this.metadata.clone(),
        deadlineOf(timeoutMs),
        (error, response) => {
          signal?.removeEventListener('abort', cancel);
          if (error === null) resolve(response ?? Buffer.alloc(0));
          else reject(this.options.toError(error, signal?.aborted === true));
        },
      );
      const cancel = (): void => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted === true) cancel();
    });
  }

  /**
   * Sends messages and yields the answers of one bidirectional call. Messages are pulled only while the connection takes
   * them, and answers are read only as they are taken. Whoever leaves the loop cancels the call.
   * @throws what `toError` makes, or what the source of the messages throws
   */
  async *stream(
    path: string,
    requests: AsyncIterable<Buffer>,
    { timeoutMs, signal }: BytesCallOptions,
  ): AsyncGenerator<Buffer, void, undefined> {
    const call = this.client.makeBidiStreamRequest<Buffer, Buffer>(
      path,
      identity,
      identity,
      this.metadata.clone(),
      deadlineOf(timeoutMs),
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    const sending = send(call, requests);
    sending.catch(cancel);
    try {
      for await (const bytes of call) yield asBuffer(bytes);
      await sending;
    } catch (error) {
      if (!isServiceError(error)) throw error;
      // When the source of the requests failed, that is the reason, not the cancel that followed.
      await Promise.race([sending, Promise.resolve()]);
      throw this.options.toError(error, signal?.aborted === true);
    } finally {
      signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  /** Ends the connection; calls in flight are finished. */
  close(): void {
    this.client.close();
  }
}

async function send(
  call: ClientDuplexStream<Buffer, Buffer>,
  requests: AsyncIterable<Buffer>,
): Promise<void> {
  for await (const request of requests)
    if (!call.write(request)) await Promise.race([once(call, 'drain'), once(call, 'close')]);
  call.end();
}

function credentialsOf(tls: TlsOptions | undefined): ReturnType<typeof credentials.createInsecure> {
  if (tls === undefined) return credentials.createInsecure();
  const { rootCertificates = null, privateKey = null, certificateChain = null } = tls;
  return credentials.createSsl(rootCertificates, privateKey, certificateChain);
}

function grpcOptions(options: BytesChannelOptions): ChannelOptions {
  const { maxMessageBytes, keepaliveTimeMs, maxReconnectDelayMs, tls } = options;
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // Channels to one target would share a connection otherwise.
    'grpc.use_local_subchannel_pool': 1,
    ...(keepaliveTimeMs === undefined
      ? {}
      : { 'grpc.keepalive_time_ms': keepaliveTimeMs, 'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS }),
    ...(maxReconnectDelayMs === undefined
      ? {}
      : {
          'grpc.initial_reconnect_backoff_ms': Math.min(FIRST_RECONNECT_DELAY_MS, maxReconnectDelayMs),
          'grpc.max_reconnect_backoff_ms': maxReconnectDelayMs,
        }),
    ...(tls?.serverName === undefined
      ? {}
      : {
          'grpc.ssl_target_name_override': tls.serverName,
          'grpc.default_authority': tls.serverName,
        }),
  };
}

function deadlineOf(timeoutMs: number | undefined): { deadline?: number } {
  return timeoutMs === undefined || timeoutMs === Infinity ? {} : { deadline: Date.now() + timeoutMs };
}

function asBuffer(bytes: unknown): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  throw new TypeError('a message that is no bytes');
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}
