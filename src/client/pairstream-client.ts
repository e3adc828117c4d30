import { status } from '@grpc/grpc-js';
import { type BytesCallOptions, BytesChannel } from '../channel/bytes-channel.js';
import { checkTimeout } from '../channel/call-timeout.js';
import { GrpcStatusError } from '../channel/grpc-status.js';
import { DEFAULT_MAX_MESSAGE_BYTES, METHOD_PATH } from '../wire/message-fields.js';
import { decodeServerInfo, encodeRequest } from './message-codec.js';
import { decodeAnswer, type SequencedAnswer } from './response-reader.js';
import type { PredictInput, PredictOutput, ServerInfo } from './predict-input.js';
import { ServerError } from './server-error.js';

const DEFAULT_MAX_IN_FLIGHT = 16;
const INFO_TIMEOUT_MS = 10_000;
/** Unanswered requests that an error names. */
const MAX_NAMED = 8;

/** Where the server is. */
export interface ClientOptions {
  /** host:port */
  readonly target: string;
  /** Largest message either way, bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
}

/** How long one call may take. */
export interface CallOptions {
  /**
   * Milliseconds from now until the whole call fails with DEADLINE_EXCEEDED; 0 or less: at once. More than 24 days
   * counts as 24 days. NaN is refused. Default and Infinity: no limit.
   */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** One answer of `predictStream`. */
export interface StreamAnswer {
  /** Position of the request among those sent, from 0. */
  readonly index: number;
  /** The result, or why the server refused this one request. */
  readonly output: PredictOutput | ServerError;
}

/** A client of pairstream.v1.PairService over one connection. */
export class PairstreamClient {
  private readonly channel: BytesChannel;
  private readonly target: string;

  constructor({ target, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES }: ClientOptions) {
    this.target = target;
    this.channel = new BytesChannel({ target, maxMessageBytes, toError: ServerError.fromCall });
  }

  /** Waits until the server can be reached. @throws ServerError UNAVAILABLE after the timeout */
  async waitForReady(timeoutMs: number): Promise<void> {
    try {
      await this.channel.waitForReady(timeoutMs);
    } catch (error) {
      throw unreachable(this.target, timeoutMs, error);
    }
  }

  /** Scores one request. @throws ServerError */
  async predict(input: PredictInput, options: CallOptions = {}): Promise<PredictOutput> {
    const request = encodeRequest(input, 0);
    const bytes = await this.channel.unary(METHOD_PATH.predict, request, timeoutOf(options));
    const { output } = readAnswer(bytes);
    if (output instanceof ServerError) throw output;
    return output;
  }

  /** What the server runs and accepts. @throws ServerError */
  async getServerInfo(options: CallOptions = {}): Promise<ServerInfo> {
    const callOptions = timeoutOf({ deadlineMs: INFO_TIMEOUT_MS, ...options });
    const bytes = await this.channel.unary(METHOD_PATH.getServerInfo, Buffer.alloc(0), callOptions);
    return decodeServerInfo(bytes);
  }

  /**
   * Scores many requests over one call. Answers come as they are ready; `index` tells whose they are. At most
   * `maxInFlight` requests are unanswered at a time; requests are pulled from the iterable only when there is room, and
   * nothing more is sent while the caller does not take its answers. Every request has exactly one answer, or the call fails.
   * @throws ServerError when the call as a whole fails, also if the server ends it before all requests are answered, or
   *   answers a request twice; a refused request is an answer
   */
  async *predictStream(
    inputs: AsyncIterable<PredictInput> | Iterable<PredictInput>,
    options: CallOptions & { readonly maxInFlight?: number } = {},
  ): AsyncGenerator<StreamAnswer> {
    const window = new InFlightWindow(options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT);
    try {
      const requests = encodeAll(inputs, window);
      for await (const bytes of this.channel.stream(
        METHOD_PATH.predictStream,
        requests,
        timeoutOf(options),
      )) {
        const { sequence, output } = readAnswer(bytes);
        window.leave(sequence);
        yield { index: sequence, output };
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

/** Requests that are sent and not answered, by sequence number. */
class InFlightWindow {
  private readonly sequences = new Set<number>();
  private nextSequence = 0;
  private isClosed = false;
  private wake: (() => void) | undefined;

  /** @throws ServerError INVALID_REQUEST for a bound below 1, which no request could pass */
  constructor(private readonly maxCount: number) {
    if (maxCount >= 1) return;
    const message = `maxInFlight: ${maxCount}, expected at least 1`;
    throw ServerError.ofRequest('maxInFlight', message);
  }

  /** Waits for room. @returns the sequence number of the next request; undefined when the call is over */
  async enter(): Promise<number | undefined> {
    while (this.sequences.size >= this.maxCount && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.isClosed) return undefined;
    const sequence = this.nextSequence;
    this.nextSequence += 1;
    this.sequences.add(sequence);
    return sequence;
  }

  /** A request is answered. @throws ServerError INTERNAL if the request is not in flight */
  leave(sequence: number): void {
    if (!this.sequences.delete(sequence)) {
      const problem = sequence < this.nextSequence ? 'twice' : 'although it was not sent';
      throw brokenAnswer(`the server answers request ${sequence} ${problem}`);
    }
    this.wake?.();
  }

  /** @throws ServerError UNAVAILABLE if requests are left without an answer */
  checkEmpty(): void {
    const { sequences, nextSequence } = this;
    if (sequences.size === 0) return;
    const named = [...sequences].slice(0, MAX_NAMED).join(', ');
    const rest = sequences.size > MAX_NAMED ? ', ...' : '';
    const message = `the server ended the stream with ${sequences.size} of ${nextSequence} requests unanswered: index ${named}${rest}`;
    throw ServerError.ofTransport(status.UNAVAILABLE, message);
  }

  close(): void {
    this.isClosed = true;
    this.wake?.();
  }
}

async function* encodeAll(
  inputs: AsyncIterable<PredictInput> | Iterable<PredictInput>,
  window: InFlightWindow,
): AsyncGenerator<Buffer> {
  for await (const input of inputs) {
    const sequence = await window.enter();
    if (sequence === undefined) return;
    yield encodeRequest(input, sequence);
  }
}

/** @throws ServerError INVALID_REQUEST for a deadline that is no number */
function timeoutOf({ deadlineMs, signal }: CallOptions): BytesCallOptions {
  try {
    return { timeoutMs: checkTimeout(deadlineMs, 'deadlineMs'), signal };
  } catch (error) {
    throw error instanceof GrpcStatusError ? ServerError.ofRequest('deadlineMs', error.details) : error;
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
