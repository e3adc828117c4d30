import { type ClientHttp2Stream, constants } from 'node:http2';
import { status } from './status-code.js';
import type { BytesCallOptions } from './call-options.js';
import { CallEnd } from './call-end.js';
import { GrpcStatusError } from './grpc-status.js';
import type { UnaryResponse } from './unary-response.js';

/** One unary call on its own HTTP/2 stream. */
export class UnaryCall {
  private readonly end: CallEnd;

  /** @param response receives the answer */
  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly response: UnaryResponse,
  ) {
    this.end = new CallEnd(stream);
    stream.on('data', (chunk: Buffer) => this.takeIn(chunk));
  }

  /** True if the request's memory is no longer used: the call has ended, and the whole request was sent. */
  get isSent(): boolean {
    return this.stream.destroyed && this.stream.writableFinished;
  }

  /** True if the server reports that it did not process the call, so that the call may be retried. */
  get wasRefused(): boolean {
    return this.end.wasRefused;
  }

  /**
   * Sends the request and waits for the end of the call.
   * @param frame must not change until `isSent`, which may never become true if the call was abandoned
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

  /** Message of an ended call. @throws GrpcStatusError */
  private take(): Buffer {
    const failure = this.end.failure();
    if (failure === undefined) return this.response.take();
    throw failure;
  }
}

/** Status of a call that the caller cancelled. */
export function cancelled(): GrpcStatusError {
  return new GrpcStatusError(status.CANCELLED, 'cancelled by the caller');
}

/** Status of a call whose deadline has passed. */
export function late(timeoutMs: number): GrpcStatusError {
  return new GrpcStatusError(status.DEADLINE_EXCEEDED, `Deadline exceeded after ${timeoutMs} ms`);
}

/** Converts any failure of reading a response to a status. */
export function toStatusError(error: unknown): GrpcStatusError {
  return error instanceof GrpcStatusError
    ? error
    : new GrpcStatusError(status.INTERNAL, 'the response cannot be read', error);
}
