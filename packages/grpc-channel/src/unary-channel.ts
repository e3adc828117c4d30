import { setImmediate } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { ConstantBackoff, handleAll, retry, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import type { BytesCallOptions } from './bytes-channel.js';
import { CallOpener, type CallOpenerOptions } from './call-opener.js';
import { checkTimeout, LONGEST_TIMEOUT_MS } from './call-timeout.js';
import { GrpcStatusError } from './grpc-status.js';
import { Http2Connection } from './http2-connection.js';
import { frameOf, MessageBuffers } from './message-buffers.js';
import { cancelled, late, UnaryCall } from './unary-call.js';
import { UnaryResponse } from './unary-response.js';

/** Where a server is, and how it is talked to. */
export interface UnaryChannelOptions extends CallOpenerOptions {
  /** Largest message either way, bytes. */
  readonly maxMessageBytes: number;
  /**
   * Makes what is thrown of the status of a call.
   * @param wasCancelled whether the caller did it
   */
  readonly toError: (error: GrpcStatusError, wasCancelled: boolean) => Error;
}

/** Memory that is kept for the next messages. */
const MAX_FREE_BYTES = 64 * 1_048_576;
const RECONNECT_DELAY_MS = 100;

/**
 * Unary gRPC calls over one HTTP/2 connection, for large messages: a request is sent from the memory it was written into, and a
 * response is put together in memory that is used again. (Where every message is copied into new memory, a message of a
 * megabyte costs several times the processor time.)
 */
export class UnaryChannel {
  private readonly buffers = new MessageBuffers(MAX_FREE_BYTES);
  private readonly connection: Http2Connection;
  private readonly opener: CallOpener;

  constructor(private readonly options: UnaryChannelOptions) {
    this.connection = new Http2Connection(options);
    this.opener = new CallOpener(this.connection, options);
  }

  /** Bytes of memory that is kept for the next messages: 64 MiB at most. */
  get freeByteLength(): number {
    return this.buffers.freeByteLength;
  }

  /** Waits until the server answers a connection. @throws Error after the timeout */
  async waitForReady(timeoutMs: number): Promise<void> {
    const attempts = retry(handleAll, {
      maxAttempts: Infinity,
      backoff: new ConstantBackoff(RECONNECT_DELAY_MS),
    });
    const longestMs = checkTimeout(timeoutMs) ?? LONGEST_TIMEOUT_MS;
    const withinTime = wrap(timeout(longestMs, TimeoutStrategy.Aggressive), attempts);
    await withinTime.execute(() => this.reach());
  }

  /** Memory for a request, which `call` takes over. @throws what `toError` makes for a message that is too large */
  acquireMessage(byteLength: number): Buffer {
    const { maxMessageBytes, toError } = this.options;
    if (byteLength <= maxMessageBytes) return this.buffers.acquireMessage(byteLength);
    const text = `Attempted to send message larger than max (${byteLength} vs ${maxMessageBytes})`;
    throw toError(new GrpcStatusError(status.RESOURCE_EXHAUSTED, text), false);
  }

  /**
   * Sends one message and waits for the answer.
   * @param message in memory of `acquireMessage`, which is the channel's from now on
   * @param read called with the answer, whose memory is used again as soon as it returns
   * @throws what `toError` makes, or what `read` throws
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

  /** The same, with an answer that is the caller's to keep. @throws what `toError` makes */
  callForKeeps(path: string, message: Buffer, options: BytesCallOptions): Promise<Buffer> {
    return this.exchange(path, message, options, (byteLength) => Buffer.allocUnsafe(byteLength));
  }

  /** Ends the connection at once, and the calls on it; the next call makes a new one. */
  reset(reason: string): void {
    this.connection.reset(reason);
  }

  /** Ends the connection for good; calls that were sent are finished. */
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
      // What a server refuses unseen, as its connection ends, is sent once more, on the next one.
      const leftMs = timeoutMs - (performance.now() - startedMs);
      const second = await this.send(path, message, { timeoutMs: leftMs, signal }, allocate);
      if (second !== REFUSED) return second;
      throw new GrpcStatusError(status.UNAVAILABLE, 'the call was lost: the server refuses it');
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
    // The end of an old connection may lie in the socket, unread.
    await setImmediate();
    const live = this.connection.enter();
    await live.reached.finally(() => live.leave());
  }
}

/** What comes of a call that the server did not look at. */
const REFUSED = Symbol('refused');
