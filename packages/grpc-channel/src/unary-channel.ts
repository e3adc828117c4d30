import { setImmediate } from 'node:timers/promises';
import { status } from './status-code.js';
import {
  ConstantBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { BytesCallOptions } from './call-options.js';
import { CallOpener, type CallOpenerOptions } from './call-opener.js';
import { checkTimeout, LONGEST_TIMEOUT_MS } from './call-timeout.js';
import { reasonOf } from './connection-failure.js';
import { CallLostError, GrpcStatusError } from './grpc-status.js';
import { Http2Connection } from './http2-connection.js';
import { frameOf, MessageBuffers } from './message-buffers.js';
import { cancelled, late, UnaryCall } from './unary-call.js';
import { UnaryResponse } from './unary-response.js';

/** Address and settings of a channel. */
export interface UnaryChannelOptions extends CallOpenerOptions {
  /** Maximum size of a message in both directions, bytes. */
  readonly maxMessageBytes: number;
  /**
   * Converts the status of a call to the error that calls throw.
   * @param wasCancelled true if the caller cancelled
   */
  readonly toError: (error: GrpcStatusError, wasCancelled: boolean) => Error;
}

/** Maximum bytes of buffers kept for reuse. */
const MAX_FREE_BYTES = 64 * 1_048_576;
const RECONNECT_DELAY_MS = 100;

/**
 * Unary gRPC calls over one HTTP/2 connection, for large messages. A request is sent from the memory it was written into, and a
 * response is collected in reused memory. Copying every message into new memory would cost several times the CPU for messages
 * of a megabyte.
 */
export class UnaryChannel {
  private readonly buffers = new MessageBuffers(MAX_FREE_BYTES);
  private readonly opener: CallOpener;

  /** @param connection may be shared with other channels. Default: one of its own. */
  constructor(
    private readonly options: UnaryChannelOptions,
    private readonly connection = new Http2Connection(options),
  ) {
    this.opener = new CallOpener(connection, options);
  }

  /** Bytes of buffers kept for reuse: 64 MiB at most. */
  get freeByteLength(): number {
    return this.buffers.freeByteLength;
  }

  /** Waits until a connection is established. @throws Error after the timeout, with the last failure; at once after `close` */
  async waitForReady(timeoutMs: number): Promise<void> {
    const attempts = retry(
      handleWhen(() => !this.connection.isClosed),
      {
        maxAttempts: Infinity,
        backoff: new ConstantBackoff(RECONNECT_DELAY_MS),
      },
    );
    const longestMs = checkTimeout(timeoutMs) ?? LONGEST_TIMEOUT_MS;
    const withinTime = wrap(timeout(longestMs, TimeoutStrategy.Aggressive), attempts);
    let lastReason: string | undefined;
    const noteFailure = (error: Error): never => {
      lastReason = reasonOf(error);
      throw error;
    };
    try {
      await withinTime.execute(() => this.reach().catch(noteFailure));
    } catch (error) {
      if (!(error instanceof TaskCancelledError) || lastReason === undefined) throw error;
      throw new Error(`${error.message}: ${lastReason}`, { cause: error });
    }
  }

  /** Acquires memory for a request to pass to `call`. @throws the error that `toError` returns, for a message that is too large */
  acquireMessage(byteLength: number): Buffer {
    const { maxMessageBytes, toError } = this.options;
    if (byteLength <= maxMessageBytes) return this.buffers.acquireMessage(byteLength);
    const text = `Attempted to send message larger than max (${byteLength} vs ${maxMessageBytes})`;
    throw toError(new GrpcStatusError(status.RESOURCE_EXHAUSTED, text), false);
  }

  /**
   * Sends one message and waits for the answer.
   * @param message in memory of `acquireMessage`; the caller must not use it any more
   * @param read called with the answer, whose memory is reused after `read` returns
   * @throws the error that `toError` returns, or an error of `read`
   */
  async call<T>(
    path: string,
    message: Buffer,
    options: BytesCallOptions,
    read: (answer: Buffer) => T,
  ): Promise<T> {
    const { buffers } = this;
    const answer = await this.exchange(path, message, options, (byteLength) => buffers.acquire(byteLength));
    try {
      return read(answer);
    } finally {
      buffers.release(answer);
    }
  }

  /** Like `call`, but the caller owns the answer. @throws the error that `toError` returns */
  callForKeeps(path: string, message: Buffer, options: BytesCallOptions): Promise<Buffer> {
    return this.exchange(path, message, options, (byteLength) => Buffer.allocUnsafe(byteLength));
  }

  /** Closes the connection and its calls at once; the next call opens a new one. */
  reset(reason: string): void {
    this.connection.reset(reason);
  }

  /** Closes the connection after its calls have ended, and refuses new calls. */
  close(): void {
    this.connection.close();
  }

  private async exchange(
    path: string,
    message: Buffer,
    options: BytesCallOptions,
    allocate: (byteLength: number) => Buffer,
  ): Promise<Buffer> {
    const { signal } = options;
    const startedMs = performance.now();
    try {
      const timeoutMs = checkTimeout(options.timeoutMs) ?? Infinity;
      const first = await this.send(path, message, { timeoutMs, signal }, allocate);
      if (first !== REFUSED) return first;
      // A call that the server refused unprocessed as its connection ended is sent once more on the next connection.
      const leftMs = timeoutMs - (performance.now() - startedMs);
      const second = await this.send(path, message, { timeoutMs: leftMs, signal }, allocate);
      if (second !== REFUSED) return second;
      throw new CallLostError(status.UNAVAILABLE, 'the call was lost: the server refuses it');
    } catch (error) {
      if (!(error instanceof GrpcStatusError)) throw error;
      throw this.options.toError(error, signal?.aborted === true);
    }
  }

  /** @throws GrpcStatusError */
  private async send(
    path: string,
    message: Buffer,
    options: BytesCallOptions,
    allocate: (byteLength: number) => Buffer,
  ): Promise<Buffer | typeof REFUSED> {
    const { timeoutMs = Infinity, signal } = options;
    if (signal?.aborted === true) throw cancelled();
    if (timeoutMs <= 0) throw late(timeoutMs);
    const stream = this.opener.open(path, timeoutMs);
    const call = new UnaryCall(stream, new UnaryResponse(this.options.maxMessageBytes, allocate));
    try {
      return await call.run(frameOf(message), options);
    } catch (error) {
      if (call.wasRefused) return REFUSED;
      throw error;
    } finally {
      if (call.isSent && !call.wasRefused) this.buffers.release(message);
    }
  }

  private async reach(): Promise<void> {
    // The end of an old connection may still be unread in the socket.
    await setImmediate();
    const live = this.connection.enter();
    await live.reached.finally(() => live.leave());
  }
}

/** Result of a call that the server did not process. */
const REFUSED = Symbol('refused');
