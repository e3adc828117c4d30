import {
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  status,
} from '@grpc/grpc-js';
import {
  type BytesCallOptions,
  checkTimeout,
  GrpcStatusError,
  LONGEST_TIMEOUT_MS,
} from '@pairstream/grpc-channel';

/** Address and settings of a channel. */
export interface BytesChannelOptions {
  /** host:port */
  readonly target: string;
  /** Maximum size of a message in both directions, bytes. */
  readonly maxMessageBytes: number;
  /**
   * Converts an error of gRPC to the error that calls throw.
   * @param wasCancelled true if the caller cancelled
   */
  readonly toError: (error: CallError, wasCancelled: boolean) => Error;
}

/** A call that failed. */
export interface CallError extends Error {
  /** A google.rpc.Code. */
  readonly code: number;
  /** Text of the status. */
  readonly details: string;
  /** Trailers of the call; undefined if the call failed in this process. */
  readonly metadata?: Metadata;
}

const identity = (bytes: Buffer): Buffer => bytes;

/** gRPC calls on bytes to one server, over a connection of its own, with deadlines, cancels and back-pressure. */
export class BytesChannel {
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor(private readonly options: BytesChannelOptions) {
    this.client = new Client(options.target, credentials.createInsecure(), grpcOptions(options));
  }

  /** Waits until the server can be reached. @throws Error of gRPC after the timeout */
  waitForReady(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.client.waitForReady(Date.now() + (checkTimeout(timeoutMs) ?? LONGEST_TIMEOUT_MS), (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /** Sends one message and waits for the one answer. @throws the error that `toError` returns */
  async unary(path: string, request: Buffer, { timeoutMs, signal }: BytesCallOptions): Promise<Buffer> {
    // A unary call of grpc-js never ends if the server sends two messages, so this is a call with any number of answers.
    const call = this.client.makeServerStreamRequest(
      path,
      identity,
      identity,
      request,
      this.metadata.clone(),
      this.deadlineOf(timeoutMs),
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    try {
      return await onlyMessageOf(call);
    } catch (error) {
      throw isCallError(error) ? this.options.toError(error, signal?.aborted === true) : error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /**
   * Sends messages and yields the answers of one bidirectional call. Pulls messages only while the connection accepts them,
   * and reads answers only as the caller takes them. Leaving the loop cancels the call.
   * @throws the error that `toError` returns, or an error of the source of the messages
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
      this.deadlineOf(timeoutMs),
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    const sender = new RequestSender(call);
    const sending = sender.send(requests);
    sending.catch(cancel);
    try {
      for await (const bytes of call) yield asBuffer(bytes);
      if (!sender.isDone) throw new GrpcStatusError(status.UNAVAILABLE, ENDED_EARLY);
    } catch (error) {
      if (!isCallError(error)) throw error;
      // If the source of the requests failed, its error is the reason, not the cancel that followed.
      await Promise.race([sending, Promise.resolve()]);
      throw this.options.toError(error, signal?.aborted === true);
    } finally {
      signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  /** @throws the error that `toError` returns, for a timeout that is not a number */
  private deadlineOf(timeoutMs: number | undefined): { deadline?: number } {
    try {
      const checked = checkTimeout(timeoutMs);
      return checked === undefined ? {} : { deadline: Date.now() + checked };
    } catch (error) {
      throw isCallError(error) ? this.options.toError(error, false) : error;
    }
  }

  /** Closes the connection after the calls in flight have ended. */
  close(): void {
    this.client.close();
  }
}

const NO_MESSAGE = 'the server says OK without a message';
const ENDED_EARLY = 'the server ended the call with OK before all requests were sent';

/** Sends the requests of one stream, as fast as the connection accepts them. */
class RequestSender {
  /** True after the last request was passed to the connection. */
  isDone = false;
  private isOver = false;
  private wake: () => void = () => undefined;

  constructor(private readonly call: ClientDuplexStream<Buffer, Buffer>) {
    // One listener per event for the whole call: a listener per wait would accumulate under back-pressure.
    call.on('drain', () => this.wake());
    for (const event of ['status', 'error', 'close'])
      call.on(event, () => {
        this.isOver = true;
        this.wake();
      });
  }

  /** Resolves when all requests are sent, or the call has ended. @throws errors of the source of the requests */
  async send(requests: AsyncIterable<Buffer>): Promise<void> {
    for await (const request of requests) {
      if (this.isOver) return;
      if (!this.call.write(request)) await this.drained();
    }
    if (this.isOver) return;
    this.isDone = true;
    this.call.end();
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.isOver) resolve();
    });
  }
}

/** @throws CallError of gRPC, or INTERNAL for no message and for two */
function onlyMessageOf(call: ClientReadableStream<Buffer>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer: Buffer | undefined;
    call.on('data', (bytes: Buffer) => {
      if (answer === undefined) {
        answer = bytes;
        return;
      }
      reject(new GrpcStatusError(status.INTERNAL, 'the server answers with more than one message'));
      call.cancel();
    });
    call.on('error', reject);
    call.on('end', () => {
      // After a failure this has no effect, because its error came before the end.
      if (answer === undefined) reject(new GrpcStatusError(status.INTERNAL, NO_MESSAGE));
      else resolve(answer);
    });
  });
}

function grpcOptions({ maxMessageBytes }: BytesChannelOptions): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // Otherwise channels to one target share a connection.
    'grpc.use_local_subchannel_pool': 1,
    // Proxies of the environment are ignored, as for calls to Triton.
    'grpc.enable_http_proxy': 0,
  };
}

function asBuffer(bytes: unknown): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  throw new TypeError('a message that is no bytes');
}

function isCallError(error: unknown): error is CallError {
  return error instanceof Error && 'code' in error && 'details' in error;
}
