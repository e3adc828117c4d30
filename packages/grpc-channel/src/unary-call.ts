import { type ClientHttp2Stream, constants } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { BytesCallOptions } from './bytes-channel.js';
import { CallEnd } from './call-end.js';
import { GrpcStatusError } from './grpc-status.js';
import type { UnaryResponse } from './unary-response.js';

/** One call on a stream of its own. */
export class UnaryCall {
  private readonly end: CallEnd;

  /** @param response takes the answer in */
  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly response: UnaryResponse,
  ) {
    this.end = new CallEnd(stream);
    stream.on('data', (chunk: Buffer) => this.takeIn(chunk));
  }

  /** Whether nothing reads the memory of the request any more: it is over, and all of it was sent. */
  get isSent(): boolean {
    return this.stream.destroyed && this.stream.writableFinished;
  }

  /** Whether the server says that it did nothing, so that the call may be made again. */
  get wasRefused(): boolean {
    return this.end.wasRefused;
  }

  /**
   * Sends the request and waits for the end of the call.
   * @param frame must not change until `isSent`, which may never come when the call is given up
   * @throws GrpcStatusError
   */
  run(frame: Buffer, { timeoutMs = Infinity, signal }: BytesCallOptions): Promise<Buffer> {
    const { stream } = this;
    return new Promise<Buffer>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      };
      const giveUp = (error: GrpcStatusError): void => {
        settle();
        reject(error);
        stream.close(constants.NGHTTP2_CANCEL);
      };
      const cancel = (): void => giveUp(cancelled());
      const timer = timeoutMs === Infinity ? undefined : setTimeout(() => giveUp(late(timeoutMs)), timeoutMs);
      signal?.addEventListener('abort', cancel, { once: true });
      stream.once('close', () => {
        settle();
        try {
          resolve(this.take());
        } catch (error) {
          reject(error);
        }
      });
      stream.end(frame);
    });
  }

  private takeIn(chunk: Buffer): void {
    if (this.end.isFailed) return;
    try {
      this.response.add(chunk);
    } catch (error) {
      this.end.fail(toStatusError(error));
    }
  }

  /** The message of a call that is over. @throws GrpcStatusError */
  private take(): Buffer {
    const failure = this.end.failure();
    if (failure === undefined) return this.response.take();
    throw failure;
  }
}

/** The caller took the call back. */
export function cancelled(): GrpcStatusError {
  return new GrpcStatusError(status.CANCELLED, 'cancelled by the caller');
}

/** The time of a call is over. */
export function late(timeoutMs: number): GrpcStatusError {
  return new GrpcStatusError(status.DEADLINE_EXCEEDED, `Deadline exceeded after ${timeoutMs} ms`);
}

/** Any failure of reading a response as a status. */
export function toStatusError(error: unknown): GrpcStatusError {
  return error instanceof GrpcStatusError
    ? error
    : new GrpcStatusError(status.INTERNAL, 'the response cannot be read', error);
}
