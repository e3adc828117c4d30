import { type ClientHttp2Stream, constants, type Http2Session } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { BytesCallOptions } from './bytes-channel.js';
import { GrpcStatusError, readResponseHead, readStatus } from './grpc-status.js';
import type { UnaryResponse } from './unary-response.js';

/** One call on a stream of its own. */
export class UnaryCall {
  /** What the server says, or what its answer stands for. */
  private verdict: GrpcStatusError | 'ok' | undefined;
  private hasResponse = false;
  private streamError: Error | undefined;
  /** True if the server ended its answer before the whole request was sent. */
  private endedEarly = false;
  /** Kept, because a stream that is over has none. */
  private readonly session: Http2Session | undefined;

  /** @param response takes the answer in */
  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly response: UnaryResponse,
  ) {
    this.session = stream.session;
  }

  /** Whether nothing reads the memory of the request any more: it is over, and all of it was sent. */
  get isSent(): boolean {
    return this.stream.destroyed && this.stream.writableFinished;
  }

  /** Whether the server says that it did nothing, so that the call may be made again. */
  get wasRefused(): boolean {
    return !this.hasResponse && this.stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
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
      this.listen();
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

  private listen(): void {
    const { stream } = this;
    stream.on('response', (headers) => {
      this.hasResponse = true;
      this.verdict = readResponseHead(headers);
    });
    stream.on('trailers', (trailers) => {
      this.verdict ??= readStatus(trailers);
    });
    stream.on('data', (chunk: Buffer) => this.takeIn(chunk));
    stream.on('end', () => {
      if (stream.writableFinished) return;
      this.endedEarly = !stream.closed;
      // A server may answer before it has read the request, and read no more of it.
      if (this.endedEarly) stream.close(constants.NGHTTP2_CANCEL);
      // A stream that the server reset with NO_ERROR would wait until the rest of the request is sent, which is never.
      else stream.destroy();
    });
    stream.on('error', (error: Error) => {
      this.streamError = error;
    });
  }

  private takeIn(chunk: Buffer): void {
    if (this.verdict instanceof GrpcStatusError) return;
    try {
      this.response.add(chunk);
    } catch (error) {
      this.verdict = toStatusError(error);
      this.stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  /** The message of a call that is over. @throws GrpcStatusError */
  private take(): Buffer {
    if (this.verdict === 'ok') return this.response.take();
    throw this.verdict ?? this.lost();
  }

  /** A stream that ended without a status: the server, or what lies between, has gone. */
  private lost(): GrpcStatusError {
    const { streamError } = this;
    const message = rootOf(streamError)?.message;
    // Node's words for bytes that are no HTTP/2.
    const known = message === 'Protocol error' ? 'the server does not speak HTTP/2' : message;
    const reason = known ?? this.endWithoutError();
    return new GrpcStatusError(status.UNAVAILABLE, `the call was lost: ${reason}`, streamError);
  }

  private endWithoutError(): string {
    const { rstCode } = this.stream;
    if (this.endedEarly || rstCode === constants.NGHTTP2_NO_ERROR)
      return 'the server ended the stream without a status of gRPC';
    if (this.session?.destroyed === true) return 'the connection was closed';
    return `the server reset the stream (HTTP/2 code ${rstCode})`;
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

function toStatusError(error: unknown): GrpcStatusError {
  return error instanceof GrpcStatusError
    ? error
    : new GrpcStatusError(status.INTERNAL, 'the response cannot be read', error);
}

/** Node wraps what ended a connection into an error for each stream. */
function rootOf(error: Error | undefined): Error | undefined {
  return error?.cause instanceof Error ? error.cause : error;
}
