import { type ClientHttp2Stream, constants, type Http2Session } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { GrpcStatusError, readResponseHead, readStatus } from './grpc-status.js';

/** The status of one call, or the failure that stands for it. */
export class CallEnd {
  /** Status of the server, or the failure of this side that came first. */
  private verdict: GrpcStatusError | 'ok' | undefined;
  private hasResponse = false;
  private streamError: Error | undefined;
  /** True if the server ended its answer before the whole request was sent. */
  private endedEarly = false;
  /** Kept, because a stream that is over has none. */
  private readonly session: Http2Session | undefined;

  /** @param stream whose data is read by others */
  constructor(private readonly stream: ClientHttp2Stream) {
    this.session = stream.session;
    stream.on('response', (headers) => {
      this.hasResponse = true;
      this.verdict ??= readResponseHead(headers);
    });
    stream.on('trailers', (trailers) => {
      this.verdict ??= readStatus(trailers);
    });
    stream.on('end', () => this.finish());
    stream.on('error', (error: Error) => {
      this.streamError = error;
    });
  }

  /** True if the call has failed: bytes that come are no answer. */
  get isFailed(): boolean {
    return this.verdict instanceof GrpcStatusError;
  }

  /** True if the server says that it did nothing, so that the call may be made again. */
  get wasRefused(): boolean {
    return !this.hasResponse && this.stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  }

  /** Ends the call with a failure of this side. */
  fail(error: GrpcStatusError): void {
    this.verdict = error;
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Why a call whose stream is closed has failed; undefined for the status OK. */
  failure(): GrpcStatusError | undefined {
    return this.verdict === 'ok' ? undefined : (this.verdict ?? this.lost());
  }

  /** The server has ended its answer. */
  private finish(): void {
    const { stream } = this;
    if (stream.writableFinished) return;
    this.endedEarly = !stream.closed;
    // A server may answer before it has read the request, and read no more of it.
    if (this.endedEarly) stream.close(constants.NGHTTP2_CANCEL);
    // A stream that the server reset with NO_ERROR would wait until the rest of the request is sent, which is never.
    else stream.destroy();
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

/** Node wraps what ended a connection into an error for each stream. */
function rootOf(error: Error | undefined): Error | undefined {
  return error?.cause instanceof Error ? error.cause : error;
}
