import { type ClientHttp2Stream, constants } from 'node:http2';
import { status } from './status-code.js';
import type { BytesCallOptions } from './call-options.js';
import { CallEnd } from './call-end.js';
import { CallOpener } from './call-opener.js';
import { checkTimeout } from './call-timeout.js';
import { GrpcStatusError } from './grpc-status.js';
import { Http2Connection } from './http2-connection.js';
import { MessageReader } from './message-reader.js';
import { RequestSender } from './request-sender.js';
import { cancelled, late, toStatusError } from './unary-call.js';
import type { UnaryChannelOptions } from './unary-channel.js';

/** Bidirectional gRPC calls over one HTTP/2 connection. */
export class StreamChannel {
  private readonly opener: CallOpener;

  /** @param connection may be shared with other channels. Default: one of its own. */
  constructor(
    private readonly options: UnaryChannelOptions,
    private readonly connection = new Http2Connection(options),
  ) {
    this.opener = new CallOpener(connection, options);
  }

  /**
   * Sends messages and yields the answers of one call. Pulls messages only while the connection accepts them, and reads
   * answers only as the caller takes them. Leaving the loop cancels the call.
   * @throws the error that `toError` returns, or an error of the source of the messages
   */
  async *stream(
    path: string,
    requests: AsyncIterable<Buffer>,
    { timeoutMs, signal }: BytesCallOptions,
  ): AsyncGenerator<Buffer, void, undefined> {
    try {
      const limitMs = checkTimeout(timeoutMs) ?? Infinity;
      if (signal?.aborted === true) throw cancelled();
      if (limitMs <= 0) throw late(limitMs);
      const stream = this.opener.open(path, limitMs);
      yield* exchange(stream, requests, this.options.maxMessageBytes, { timeoutMs: limitMs, signal });
    } catch (error) {
      if (!(error instanceof GrpcStatusError)) throw error;
      throw this.options.toError(error, signal?.aborted === true);
    }
  }

  /** Closes the connection after its calls have ended, and refuses new calls. */
  close(): void {
    this.connection.close();
  }
}

/** Exchanges the messages of one call. @throws GrpcStatusError, or errors of the source of the requests */
async function* exchange(
  stream: ClientHttp2Stream,
  requests: AsyncIterable<Buffer>,
  maxMessageBytes: number,
  { timeoutMs = Infinity, signal }: BytesCallOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const end = new CallEnd(stream);
  const reader = new MessageReader(maxMessageBytes);
  const sender = new RequestSender(stream, maxMessageBytes);
  const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  const cancel = (): void => end.fail(cancelled());
  const timer = timeoutMs === Infinity ? undefined : setTimeout(() => end.fail(late(timeoutMs)), timeoutMs);
  signal?.addEventListener('abort', cancel, { once: true });
  let sourceFailure: { readonly reason: unknown } | undefined;
  sender.send(requests).catch((reason: unknown) => {
    sourceFailure = { reason };
    stream.close(constants.NGHTTP2_CANCEL);
  });
  try {
    for await (const chunk of chunksOf(stream)) {
      // A page of a proxy has no messages.
      if (end.isFailed) continue;
      yield* messagesOf(reader, chunk, end);
    }
    await closed;
    // If the source of the requests failed, its error is the reason, not the cancel that followed.
    if (sourceFailure !== undefined) throw sourceFailure.reason;
    const failure = end.failure();
    if (failure !== undefined) throw failure;
    if (!reader.isBetween) throw new GrpcStatusError(status.INTERNAL, HALF_MESSAGE);
    if (!sender.isDone) throw new GrpcStatusError(status.UNAVAILABLE, ENDED_EARLY);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
    stream.close(constants.NGHTTP2_CANCEL);
  }
}

const HALF_MESSAGE = 'the server says OK within a message';
const ENDED_EARLY = 'the server ended the call with OK before all requests were sent';

/** Data of a stream until it ends or fails; `CallEnd` has the failure. */
async function* chunksOf(stream: ClientHttp2Stream): AsyncGenerator<Buffer, void, undefined> {
  const chunks = stream.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch(() => undefined);
      if (next === undefined || next.done === true) return;
      const chunk: unknown = next.value;
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
  } finally {
    await chunks.return?.();
  }
}

function* messagesOf(reader: MessageReader, chunk: Buffer, end: CallEnd): Generator<Buffer, void, undefined> {
  const messages = reader.add(chunk);
  for (;;) {
    let next: IteratorResult<Buffer, void>;
    try {
      next = messages.next();
    } catch (error) {
      end.fail(toStatusError(error));
      return;
    }
    if (next.done === true) return;
    yield next.value;
  }
}
