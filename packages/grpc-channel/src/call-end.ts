import { type ClientHttp2Stream, constants, type Http2Session } from 'node:http2';
import { status } from './status-code.js';
import { reasonOf } from './connection-failure.js';
import { CallLostError, GrpcStatusError, readResponseHead, readStatus } from './grpc-status.js';

/** Detects the end of one call: its status, or the failure that replaces it. */
export class CallEnd {
  /** Status of the server, or the failure of this side that came first. */
  private verdict: GrpcStatusError | 'ok' | undefined;
  private hasResponse = false;
  private streamError: Error | undefined;
  /** True if the server ended its answer before the whole request was sent. */
  private endedEarly = false;
  /** Session of the stream, kept because an ended stream no longer has one. */
  private readonly session: Http2Session | undefined;

  /** @param stream of the call; other code reads its data */
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

  /** True if the call has failed: bytes that arrive later do not belong to an answer. */
  get isFailed(): boolean {
    return this.verdict instanceof GrpcStatusError;
  }

  /** True if the server reports that it did not process the call, so that the call may be retried. */
  get wasRefused(): boolean {
    return !this.hasResponse && this.stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  }

  /** Ends the call with a failure of this side. */
  fail(error: GrpcStatusError): void {
    this.verdict = error;
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Failure of a call whose stream is closed; undefined for the status OK. */
  failure(): GrpcStatusError | undefined {
    return this.verdict === 'ok' ? undefined : (this.verdict ?? this.lost());
  }

  /** Handles the end of the server's answer. */
  private finish(): void {
    const { stream } = this;
    if (stream.writableFinished) return;
    this.endedEarly = !stream.closed;
    // A server may answer before it has read the whole request, and stop reading.
    if (this.endedEarly) stream.close(constants.NGHTTP2_CANCEL);
    // After a reset with NO_ERROR, the stream would wait for ever to send the rest of the request.
    else stream.destroy();
  }

  /** Failure of a stream that ended without a status, for instance because the server or a proxy was lost. */
  private lost(): CallLostError {
    const { streamError } = this;
    const reason = reasonOf(streamError) ?? this.endWithoutError();
    return new CallLostError(status.UNAVAILABLE, `the call was lost: ${reason}`, streamError);
  }

  private endWithoutError(): string {
    const { rstCode } = this.stream;
    if (this.endedEarly || rstCode === constants.NGHTTP2_NO_ERROR)
      return 'the server ended the stream without a status of gRPC';
    if (this.session?.destroyed === true) return 'the connection was closed';
    return `the server reset the stream (HTTP/2 code ${rstCode})`;
  }
}
