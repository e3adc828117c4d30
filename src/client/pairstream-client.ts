import { type BytesCallOptions, BytesChannel } from '../channel/bytes-channel.js';
import { DEFAULT_MAX_MESSAGE_BYTES, METHOD_PATH } from '../wire/message-fields.js';
import { decodeServerInfo, encodeRequest } from './message-codec.js';
import { decodeAnswer } from './response-reader.js';
import type { PredictInput, PredictOutput, ServerInfo } from './predict-input.js';
import { ServerError } from './server-error.js';

const DEFAULT_MAX_IN_FLIGHT = 16;
const INFO_TIMEOUT_MS = 10_000;

/** Where the server is. */
export interface ClientOptions {
  /** host:port */
  readonly target: string;
  /** Largest message either way, bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
}

/** How long one call may take. */
export interface CallOptions {
  /** Deadline of the whole call. Default: none. */
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
    const { output } = decodeAnswer(bytes);
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
   * nothing more is sent while the caller does not take its answers.
   * @throws ServerError when the call as a whole fails; a refused request is an answer
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
        const { sequence, output } = decodeAnswer(bytes);
        window.leave();
        yield { index: sequence, output };
      }
    } finally {
      window.close();
    }
  }

  /** Ends the connection. */
  close(): void {
    this.channel.close();
  }
}

/** Counts requests that are sent and not answered. */
class InFlightWindow {
  private inFlightCount = 0;
  private isClosed = false;
  private wake: (() => void) | undefined;

  constructor(private readonly maxCount: number) {}

  /** Waits for room. @returns false when the call is over */
  async enter(): Promise<boolean> {
    while (this.inFlightCount >= this.maxCount && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.inFlightCount += 1;
    return !this.isClosed;
  }

  leave(): void {
    this.inFlightCount -= 1;
    this.wake?.();
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
  let sequence = 0;
  for await (const input of inputs) {
    if (!(await window.enter())) return;
    yield encodeRequest(input, sequence);
    sequence += 1;
  }
}

function timeoutOf({ deadlineMs, signal }: CallOptions): BytesCallOptions {
  return { timeoutMs: deadlineMs, signal };
}

function unreachable(target: string, timeoutMs: number, cause: unknown): ServerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `no gateway answers at ${target} within ${timeoutMs} ms (${reason})`;
  return new ServerError(
    { code: 14, message, reason: undefined, field: undefined, retryAfterMs: undefined },
    cause,
  );
}
