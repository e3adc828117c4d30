import {
  type BytesCallOptions,
  checkTimeout,
  GrpcStatusError,
  status,
  type TlsOptions,
} from '@pairstream/grpc-channel';
import { METHOD } from './wire/generated/fields.js';
import { DEFAULT_MAX_MESSAGE_BYTES } from './wire/protocol.js';
import { BytesChannel } from './bytes-channel.js';
import { type AnswerShape, answerShapeOf, checkAnswerShape } from './answer-shape.js';
import { FEEDBACK_METHOD } from './feedback-codec.js';
import type { FeedbackInput, FeedbackOutput } from './feedback-input.js';
import { decodeServerInfo, encodeRequest } from './message-codec.js';
import { checkRequest } from './request-check.js';
import { type RequestStreamOptions, type StreamMethod, streamRequests } from './request-stream.js';
import { decodeAnswer, type SequencedAnswer } from './response-reader.js';
import type { PredictInput, PredictOutput, ServerInfo } from './predict-input.js';
import { ServerError } from './server-error.js';
import type { StreamAnswer } from './stream-answers.js';
import { checkToken } from './token.js';
import { isTarget } from './target.js';
import { isObject } from './value-checks.js';
import { shown } from './value-kinds.js';
import { type ConnectionCount, MAX_CONNECTIONS, WorkerChannels } from './worker-channels.js';

const DEFAULT_MAX_IN_FLIGHT = 16;
const INFO_TIMEOUT_MS = 10_000;

/** Target and limits of a client. */
export interface ClientOptions {
  /** `host:port`, or a name with a scheme of gRPC: `dns:///host:port`, `ipv4:`, `ipv6:`, `unix:path`, `unix-abstract:name`. */
  readonly target: string;
  /** Largest message either way, bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /**
   * Number of connections, an integer of at least 1. A connection is served by one thread of the server. Default `workers`: one at
   * first, and after the first answer one for each worker thread of the server.
   */
  readonly connections?: ConnectionCount;
  /** Authorities and names of TLS; an empty object: those that Node trusts. Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Token of the caller, from `pairstream token create`. Sent with every call; without TLS only to this machine. Default: none. */
  readonly token?: string | undefined;
}

/** Limits of one call. */
export interface CallOptions {
  /**
   * Milliseconds from now until the whole call fails with DEADLINE_EXCEEDED. With 0 or less the call fails at once. More than
   * 24 days counts as 24 days. NaN is refused. Default and Infinity: no limit.
   */
  readonly timeoutMs?: number;
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal;
}

/** Limits of one streaming call. */
export interface StreamOptions extends CallOptions {
  /** Maximum number of unanswered requests: an integer of at least 1, or Infinity. Default 16. */
  readonly maxInFlight?: number;
}

/** A client of pairstream.v1.PairService. A call goes to the connection with the fewest open calls. */
export class PairstreamClient {
  private readonly channel: WorkerChannels;
  private readonly target: string;

  /** @throws ServerError INVALID_REQUEST for options of the wrong kind */
  constructor(options: ClientOptions) {
    if (!isObject(options))
      throw ServerError.ofValue(
        'options',
        shown(options),
        'an object with target, maxMessageBytes, connections',
      );
    const {
      target,
      maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
      connections = 'workers',
      tls,
      token,
    } = options;
    if (!isTarget(target))
      throw ServerError.ofValue('target', shown(target), 'host:port, for instance 127.0.0.1:50051');
    if (!Number.isSafeInteger(maxMessageBytes) || maxMessageBytes < 1)
      throw ServerError.ofValue('maxMessageBytes', shown(maxMessageBytes), 'an integer of at least 1');
    if (!isConnectionCount(connections))
      throw ServerError.ofValue(
        'connections',
        shown(connections),
        `an integer of 1 to ${MAX_CONNECTIONS}, or "workers"`,
      );
    if (tls !== undefined && !isObject(tls))
      throw ServerError.ofValue('tls', shown(tls), 'an object with rootCertificates, serverName');
    checkToken(token, target, tls !== undefined);
    this.target = target;
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const channel = { target, maxMessageBytes, tls, headers, toError: ServerError.fromCall };
    this.channel = new WorkerChannels(() => new BytesChannel(channel), connections);
  }

  /**
   * Waits until the server can be reached.
   * @throws ServerError UNAVAILABLE after the timeout, INVALID_REQUEST for a timeout that is no number
   */
  async waitForReady(timeoutMs: number): Promise<void> {
    validTimeoutMs(timeoutMs);
    try {
      await this.channel.waitForReady(timeoutMs);
    } catch (error) {
      throw unreachable(this.target, timeoutMs, error);
    }
  }

  /**
   * Scores one request.
   * @throws ServerError; INVALID_REQUEST for a value of the wrong kind, and nothing is sent
   */
  async predict(input: PredictInput, options: CallOptions = {}): Promise<PredictOutput> {
    checkRequest(input);
    const request = encodeRequest(input, 0);
    const bytes = await this.channel.unary(METHOD.Predict.path, request, channelOptionsOf(options));
    const { output } = readAnswer(bytes);
    if (output instanceof ServerError) throw output;
    checkAnswerShape(output, answerShapeOf(input), 'the request');
    return output;
  }

  /** Asks for the release and the limits of the server. Default timeout: 10 s. @throws ServerError */
  async getServerInfo(options: CallOptions = {}): Promise<ServerInfo> {
    const callOptions = channelOptionsOf({ timeoutMs: INFO_TIMEOUT_MS, ...options });
    const bytes = await this.channel.unary(METHOD.GetServerInfo.path, Buffer.alloc(0), callOptions);
    return decodeServerInfo(bytes);
  }

  /**
   * Scores many requests over one call. Answers come as they are ready; `index` tells whose they are. At most
   * `maxInFlight` requests are unanswered at a time; requests are pulled from the iterable only when there is room, and
   * nothing more is sent while the caller does not take its answers. Every request has exactly one answer, or the call fails.
   * A request with a value of the wrong kind is not sent. Its answer is a ServerError INVALID_REQUEST, which comes at once,
   * even among ordered requests.
   * @throws ServerError when the call as a whole fails, also if the server ends it before all requests are answered, or
   *   answers a request twice or with columns of another length than its pairs; a refused request is an answer
   */
  async *predictStream(
    inputs: AsyncIterable<PredictInput> | Iterable<PredictInput>,
    options: StreamOptions = {},
  ): AsyncGenerator<StreamAnswer> {
    yield* streamRequests(this.channel, PREDICT_METHOD, inputs, streamOptionsOf(options));
  }

  /**
   * Sends impressions and engagements of predicted pairs over one call. An answer comes when the events of its request are durable;
   * `index` tells whose it is. At most `maxInFlight` requests are unanswered at a time; requests are pulled from the iterable only
   * when there is room, so a server whose disk or broker is slow slows the source down. Every request has exactly one answer, or the
   * call fails. After a failure, send the unanswered requests again: an event counts once.
   * @throws ServerError when the call as a whole fails, for instance FEEDBACK_OFF; a refused request is an answer
   */
  async *feedback(
    inputs: AsyncIterable<FeedbackInput> | Iterable<FeedbackInput>,
    options: StreamOptions = {},
  ): AsyncGenerator<StreamAnswer<FeedbackOutput>> {
    yield* streamRequests(this.channel, FEEDBACK_METHOD, inputs, streamOptionsOf(options));
  }

  /** Ends the connections. */
  close(): void {
    this.channel.close();
  }
}

/** The method PairService.PredictStream. */
const PREDICT_METHOD: StreamMethod<PredictInput, AnswerShape, PredictOutput> = {
  path: METHOD.PredictStream.path,
  checkInput: checkRequest,
  shapeOf: answerShapeOf,
  encode: encodeRequest,
  decode: readAnswer,
  checkOutput: checkAnswerShape,
};

function isConnectionCount(value: unknown): value is ConnectionCount {
  if (value === 'workers') return true;
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= MAX_CONNECTIONS;
}

function streamOptionsOf({
  maxInFlight = DEFAULT_MAX_IN_FLIGHT,
  ...options
}: StreamOptions): RequestStreamOptions {
  return { ...channelOptionsOf(options), maxInFlight };
}

/** @throws ServerError INVALID_REQUEST for a timeout that is not a number, or a signal that is not an AbortSignal */
function channelOptionsOf({ timeoutMs, signal }: CallOptions): BytesCallOptions {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw ServerError.ofValue('signal', shown(signal), 'an AbortSignal');
  return { timeoutMs: validTimeoutMs(timeoutMs), signal };
}

function validTimeoutMs(timeoutMs: number | undefined): number | undefined {
  try {
    return checkTimeout(timeoutMs);
  } catch (error) {
    throw error instanceof GrpcStatusError ? ServerError.ofRequest('timeoutMs', error.details) : error;
  }
}

function readAnswer(bytes: Uint8Array): SequencedAnswer {
  try {
    return decodeAnswer(bytes);
  } catch (error) {
    throw brokenAnswer('the server answers with bytes that are no PredictResponse', error);
  }
}

function brokenAnswer(message: string, cause?: unknown): ServerError {
  return ServerError.ofTransport(status.INTERNAL, message, cause);
}

function unreachable(target: string, timeoutMs: number, cause: unknown): ServerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `no gateway answers at ${target} within ${timeoutMs} ms (${reason})`;
  return ServerError.ofTransport(status.UNAVAILABLE, message, cause);
}
