import { once } from 'node:events';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
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

const identity = (bytes: Buffer): Buffer => bytes;

/** A client of pairstream.v1.PairService over one connection. */
export class PairstreamClient {
  private readonly client: Client;

  private readonly target: string;

  constructor({ target, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES }: ClientOptions) {
    this.target = target;
    this.client = new Client(target, credentials.createInsecure(), {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
    });
  }

  /** Waits until the server can be reached. @throws ServerError UNAVAILABLE after the timeout */
  async waitForReady(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.client.waitForReady(Date.now() + timeoutMs, (error) => {
        if (error === undefined) resolve();
        else reject(unreachable(this.target, timeoutMs, error));
      });
    });
  }

  /** Scores one request. @throws ServerError */
  async predict(input: PredictInput, options: CallOptions = {}): Promise<PredictOutput> {
    const bytes = await this.unary(METHOD_PATH.predict, encodeRequest(input, 0), options);
    const { output } = decodeAnswer(bytes);
    if (output instanceof ServerError) throw output;
    return output;
  }

  /** What the server runs and accepts. @throws ServerError */
  async getServerInfo(options: CallOptions = {}): Promise<ServerInfo> {
    const bytes = await this.unary(METHOD_PATH.getServerInfo, Buffer.alloc(0), {
      deadlineMs: INFO_TIMEOUT_MS,
      ...options,
    });
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
    const call = this.client.makeBidiStreamRequest<Buffer, Buffer>(
      METHOD_PATH.predictStream,
      identity,
      identity,
      new Metadata(),
      deadlineOf(options),
    );
    const cancel = (): void => call.cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.signal?.aborted === true) cancel();
    const window = new InFlightWindow(options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT);
    const sending = send(call, inputs, window);
    sending.catch(cancel);
    try {
      for await (const bytes of call) {
        const { sequence, output } = decodeAnswer(asBuffer(bytes));
        window.leave();
        yield { index: sequence, output };
      }
      await sending;
    } catch (error) {
      // When the source of the requests failed, that is the reason, not the cancel that followed.
      if (isServiceError(error)) await Promise.race([sending, Promise.resolve()]);
      throw isServiceError(error) ? ServerError.fromCall(error) : error;
    } finally {
      window.close();
      options.signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  /** Ends the connection. */
  close(): void {
    this.client.close();
  }

  private unary(path: string, request: Buffer, options: CallOptions): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        path,
        identity,
        identity,
        request,
        deadlineOf(options),
        (error, response) => {
          options.signal?.removeEventListener('abort', cancel);
          if (error !== null) reject(ServerError.fromCall(error));
          else resolve(response ?? Buffer.alloc(0));
        },
      );
      const cancel = (): void => call.cancel();
      options.signal?.addEventListener('abort', cancel, { once: true });
      if (options.signal?.aborted === true) cancel();
    });
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

async function send(
  call: ClientDuplexStream<Buffer, Buffer>,
  inputs: AsyncIterable<PredictInput> | Iterable<PredictInput>,
  window: InFlightWindow,
): Promise<void> {
  let sequence = 0;
  for await (const input of inputs) {
    if (!(await window.enter())) return;
    if (!call.write(encodeRequest(input, sequence)))
      await Promise.race([once(call, 'drain'), once(call, 'close')]);
    sequence += 1;
  }
  call.end();
}

function deadlineOf({ deadlineMs }: CallOptions): { deadline?: number } {
  return deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
}

function asBuffer(bytes: unknown): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  throw new TypeError('a message that is no bytes');
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}

function unreachable(target: string, timeoutMs: number, cause: Error): ServerError {
  const message = `no gateway answers at ${target} within ${timeoutMs} ms (${cause.message})`;
  return new ServerError(
    { code: 14, message, reason: undefined, field: undefined, retryAfterMs: undefined },
    cause,
  );
}
