import { type BytesCallOptions, checkTimeout, GrpcStatusError, status } from '@pairstream/grpc-channel';
import { METHOD } from './wire/generated/fields.js';
import { DEFAULT_MAX_MESSAGE_BYTES } from './wire/protocol.js';
import { BytesChannel } from './bytes-channel.js';
import { answerShapeOf, checkAnswerShape } from './answer-shape.js';
import { InFlightWindow } from './in-flight-window.js';
import { decodeServerInfo, encodeRequest } from './message-codec.js';
import { checkRequest, isObject } from './request-check.js';
import { decodeAnswer, type SequencedAnswer } from './response-reader.js';
import type { PredictInput, PredictOutput, ServerInfo } from './predict-input.js';
import { ServerError } from './server-error.js';
import { type StreamAnswer, StreamAnswers } from './stream-answers.js';
import { isTarget } from './target.js';
import { shown } from './value-kinds.js';

const DEFAULT_MAX_IN_FLIGHT = 16;
const INFO_TIMEOUT_MS = 10_000;

/** Target and limits of a client. */
export interface ClientOptions {
  /** `host:port`, or a name with a scheme of gRPC: `dns:///host:port`, `ipv4:`, `ipv6:`, `unix:path`, `unix-abstract:name`. */
  readonly target: string;
  /** Largest message either way, bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
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

/** A client of pairstream.v1.PairService over one connection. */
export class PairstreamClient {
  private readonly channel: BytesChannel;
  private readonly target: string;

  /** @throws ServerError INVALID_REQUEST for options of the wrong kind */
  constructor(options: ClientOptions) {
    if (!isObject(options))
      throw ServerError.ofValue('options', shown(options), 'an object with target, maxMessageBytes');
    const { target, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
    if (!isTarget(target))
      throw ServerError.ofValue('target', shown(target), 'host:port, for instance 127.0.0.1:50051');
    if (!Number.isSafeInteger(maxMessageBytes) || maxMessageBytes < 1)
      throw ServerError.ofValue('maxMessageBytes', shown(maxMessageBytes), 'an integer of at least 1');
    this.target = target;
    this.channel = new BytesChannel({ target, maxMessageBytes, toError: ServerError.fromCall });
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
    options: CallOptions & { readonly maxInFlight?: number } = {},
  ): AsyncGenerator<StreamAnswer> {
    const { maxInFlight = DEFAULT_MAX_IN_FLIGHT } = options;
    const window = new InFlightWindow(maxInFlight);
    const answers = new StreamAnswers();
    const abort = new AbortController();
    const { signal = abort.signal, ...callOptions } = channelOptionsOf(options);
    const streamOptions = { ...callOptions, signal: AbortSignal.any([signal, abort.signal]) };
    try {
      const requests = encodeAll(inputs, window, answers);
      const served = readAll(this.channel.stream(METHOD.PredictStream.path, requests, streamOptions));
      for await (const answer of answers.mergedWith(served, () => abort.abort())) {
        const shape = window.leave(answer.index);
        if (!(answer.output instanceof ServerError))
          checkAnswerShape(answer.output, shape, `request ${answer.index}`);
        yield answer;
      }
      window.checkEmpty();
    } finally {
      window.close();
    }
  }

  /** Ends the connection. */
  close(): void {
    this.channel.close();
  }
}

async function* encodeAll(
  inputs: AsyncIterable<PredictInput> | Iterable<PredictInput>,
  window: InFlightWindow,
  answers: StreamAnswers,
): AsyncGenerator<Buffer> {
  for await (const input of inputs) {
    const sequence = await window.enter(answerShapeOf(input));
    if (sequence === undefined) return;
    const refusal = refusalOf(input);
    if (refusal === undefined) yield encodeRequest(input, sequence);
    else answers.refuse(sequence, refusal);
  }
}

/** Error of a request that must not be sent; undefined for a valid request. */
function refusalOf(input: PredictInput): ServerError | undefined {
  try {
    checkRequest(input);
    return undefined;
  } catch (error) {
    if (error instanceof ServerError) return error;
    throw error;
  }
}

async function* readAll(messages: AsyncIterable<Uint8Array>): AsyncGenerator<StreamAnswer, void> {
  for await (const bytes of messages) {
    const { sequence: index, output } = readAnswer(bytes);
    yield { index, output };
  }
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
