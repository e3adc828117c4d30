import type { TlsOptions } from '@pairstream/grpc-channel';
import { LONGEST_TIMEOUT_MS } from '@pairstream/grpc-channel';
import { StreamChannel } from '@pairstream/grpc-channel';
import { UnaryChannel } from '@pairstream/grpc-channel';
import { encodeInferRequest, type InferRequest } from './infer-request.js';
import {
  decodeInferResponse,
  decodeRawResponse,
  type InferResponse,
  type RawResponse,
} from './infer-response.js';
import { decodeStreamAnswer, type StreamAnswer } from './infer-stream.js';
import { InferenceCalls, type TritonCallOptions } from './inference-calls.js';
import { inferencePath } from './inference-service.js';
import { ModelRepository } from './model-repository.js';
import type { ModelConfig, ModelMetadata, ModelStatistics, ServerMetadata } from './server-messages.js';
import { ServerSettings } from './server-settings.js';
import { CudaSharedMemory, SystemSharedMemory } from './shared-memory.js';
import { TritonError } from './triton-error.js';
import { StreamRequests } from './stream-requests.js';
import { type InferenceServer, TritonModel } from './triton-model.js';

/** Where a server is, and how it is talked to. */
export interface TritonClientOptions {
  /** host:port of the server's gRPC endpoint; Triton's own default port is 8001. */
  readonly target: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Sent with every call, for instance `triton-grpc-protocol-<key>` for restricted protocols. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Largest message either way, bytes. Default 2^31 - 1, which is Triton's own limit. */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Milliseconds after which the connection is probed, again and again, while calls are open. Default 330,000: Triton closes
   * connections that ping more often than every 300,000 ms.
   */
  readonly keepaliveTimeMs?: number | undefined;
}

const MAX_MESSAGE_BYTES = 2 ** 31 - 1;
const KEEPALIVE_TIME_MS = 330_000;
const US_PER_MS = 1_000;
/** An IPv6 address in brackets, or a name or IPv4 address; then a port. */
const TARGET = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/;
const INFER_PATH = inferencePath('ModelInfer');
const STREAM_PATH = inferencePath('ModelStreamInfer');

/**
 * A client of one NVIDIA Triton server (or any that speaks KServe v2) over one connection, and a second one for streams. Any
 * number of calls may be made at once; those made while the server is away fail as `down`, and the next ones try again.
 */
export class TritonClient implements InferenceServer, Disposable {
  /** What lies in the server's model repositories. */
  readonly repository: ModelRepository;
  /** Regions of /dev/shm that the server reads inputs from and writes outputs to. */
  readonly systemSharedMemory: SystemSharedMemory;
  /** The same on a GPU. */
  readonly cudaSharedMemory: CudaSharedMemory;
  /** Trace and log settings. */
  readonly settings: ServerSettings;
  readonly target: string;
  private readonly channel: UnaryChannel;
  private readonly streams: StreamChannel;
  private readonly calls: InferenceCalls;

  /** @throws TritonError invalid_argument for a target that is none; TypeError for a header that HTTP does not allow */
  constructor(options: TritonClientOptions) {
    const {
      target,
      tls,
      headers,
      maxMessageBytes = MAX_MESSAGE_BYTES,
      keepaliveTimeMs = KEEPALIVE_TIME_MS,
    } = options;
    if (!TARGET.test(target))
      throw new TritonError('invalid_argument', `target "${target}": expected host:port`);
    this.target = target;
    const channel = { target, tls, headers, maxMessageBytes, keepaliveTimeMs, toError: TritonError.fromCall };
    this.channel = new UnaryChannel(channel);
    this.streams = new StreamChannel(channel);
    this.calls = new InferenceCalls(this.channel);
    this.repository = new ModelRepository(this.calls);
    this.systemSharedMemory = new SystemSharedMemory(this.calls);
    this.cudaSharedMemory = new CudaSharedMemory(this.calls);
    this.settings = new ServerSettings(this.calls);
  }

  /** Bytes of memory kept for the next requests and responses: 64 MiB at most. */
  get freeByteLength(): number {
    return this.channel.freeByteLength;
  }

  /** Waits until the server can be reached. @throws TritonError down after the timeout */
  async waitForConnection(timeoutMs: number): Promise<void> {
    try {
      await this.channel.waitForReady(timeoutMs);
    } catch (error) {
      throw new TritonError('down', `no server answers at ${this.target} within ${timeoutMs} ms`, error);
    }
  }

  /** Whether the process answers. @throws TritonError */
  async isServerLive(options?: TritonCallOptions): Promise<boolean> {
    return (await this.calls.call('ServerLive', {}, options)).live;
  }

  /** Whether all models are ready. @throws TritonError */
  async isServerReady(options?: TritonCallOptions): Promise<boolean> {
    return (await this.calls.call('ServerReady', {}, options)).ready;
  }

  /**
   * Whether a model takes requests. A model whose every request fails says so, too.
   * @param version default: any
   * @throws TritonError
   */
  async isModelReady(name: string, version = '', options?: TritonCallOptions): Promise<boolean> {
    return (await this.calls.call('ModelReady', { name, version }, options)).ready;
  }

  /** @throws TritonError */
  serverMetadata(options?: TritonCallOptions): Promise<ServerMetadata> {
    return this.calls.call('ServerMetadata', {}, options);
  }

  /** Tensors of a model. @throws TritonError unknown_model */
  modelMetadata(name: string, version = '', options?: TritonCallOptions): Promise<ModelMetadata> {
    return this.calls.call('ModelMetadata', { name, version }, options);
  }

  /** The configuration a model runs with. @throws TritonError unknown_model */
  async modelConfig(name: string, version = '', options?: TritonCallOptions): Promise<ModelConfig> {
    const { config } = await this.calls.call('ModelConfig', { name, version }, options);
    if (config === null)
      throw new TritonError('internal', 'ModelConfig: the server answers without a configuration');
    return config;
  }

  /** Counters since models were loaded. @param name default: all models @throws TritonError unknown_model */
  async modelStatistics(
    name = '',
    version = '',
    options?: TritonCallOptions,
  ): Promise<readonly ModelStatistics[]> {
    return (await this.calls.call('ModelStatistics', { name, version }, options)).modelStats;
  }

  /**
   * A model with its tensors, whose requests are checked before they are sent. Servers of KServe v2 that are not Triton have
   * no ModelConfig: the model's `config` is then undefined, and rows are not counted against a batch size.
   * @throws TritonError unknown_model
   */
  async model(name: string, version = '', options?: TritonCallOptions): Promise<TritonModel> {
    const [metadata, config] = await Promise.all([
      this.modelMetadata(name, version, options),
      this.modelConfig(name, version, options).catch((error: unknown) => {
        if (error instanceof TritonError && error.kind === 'unsupported') return undefined;
        throw error;
      }),
    ]);
    return new TritonModel(this, version, metadata, config);
  }

  /**
   * Sends one request. What is left of `timeoutMs` is the deadline of the call, and also how long the request may wait in
   * the model's queue, where the model's configuration allows requests to say so; without it there is no deadline. A cancel
   * reaches the server.
   * @throws TritonError
   */
  async infer(request: InferRequest, options: TritonCallOptions = {}): Promise<InferResponse> {
    const message = this.encode(request, options);
    const bytes = await this.channel.callForKeeps(INFER_PATH, message, options);
    return decodeInferResponse(bytes, sharedOutputs(request));
  }

  /** The same, with the contents of outputs as bytes. @throws TritonError */
  async inferRaw(request: InferRequest, options: TritonCallOptions = {}): Promise<RawResponse> {
    const message = this.encode(request, options);
    return decodeRawResponse(await this.channel.callForKeeps(INFER_PATH, message, options));
  }

  /**
   * The same without new memory for the response: for callers that copy what they need of it.
   * @param read called once; the bytes of outputs are used again as soon as it returns
   * @throws TritonError, or what `read` throws
   */
  async inferInto<T>(
    request: InferRequest,
    options: TritonCallOptions,
    read: (response: RawResponse) => T,
  ): Promise<T> {
    const message = this.encode(request, options);
    return await this.channel.call(INFER_PATH, message, options, (bytes) => read(decodeRawResponse(bytes)));
  }

  /**
   * Sends requests over one call and yields the responses; an answer that is an error leaves the others alone. For decoupled
   * models, which answer here only: the responses of other models keep the order of their requests, so one that is slow
   * holds up the rest. Every request is answered, or the call fails.
   * @throws TritonError when the call as a whole fails; down if the server ends it with requests unanswered; internal for an
   *   answer to a request that is not open
   */
  async *streamInfer(
    requests: AsyncIterable<InferRequest> | Iterable<InferRequest>,
    options: TritonCallOptions = {},
  ): AsyncGenerator<StreamAnswer, void, undefined> {
    // Answers and requests find each other by an id that callers may leave out: what one asks for, all may.
    const shared = new Set<string>();
    const open = new StreamRequests();
    const messages = encodeAll(requests, shared, open);
    for await (const bytes of this.streams.stream(STREAM_PATH, messages, options)) {
      const answer = decodeStreamAnswer(bytes, shared);
      if (open.accept(answer)) yield answer;
    }
    open.checkAnswered();
  }

  /**
   * Ends the connection at once, and unary calls on it as `down`; the next call makes a new one. For a server that has fallen
   * silent: its connection may be dead without anybody having been told.
   */
  reset(reason: string): void {
    this.channel.reset(reason);
  }

  /** Ends the connections for good; calls that were sent are finished. */
  close(): void {
    this.channel.close();
    this.streams.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private encode(request: InferRequest, { timeoutMs }: TritonCallOptions): Buffer {
    const isLimited = timeoutMs !== undefined && timeoutMs <= LONGEST_TIMEOUT_MS;
    const timeoutUs = isLimited ? Math.max(1, Math.floor(timeoutMs * US_PER_MS)) : Infinity;
    const parameters = Number.isFinite(timeoutUs)
      ? { parameters: { timeout: timeoutUs, ...request.parameters } }
      : {};
    return encodeInferRequest({ ...request, ...parameters }, (byteLength) =>
      this.channel.acquireMessage(byteLength),
    );
  }
}

async function* encodeAll(
  requests: AsyncIterable<InferRequest> | Iterable<InferRequest>,
  shared: Set<string>,
  open: StreamRequests,
): AsyncGenerator<Buffer> {
  for await (const request of requests) {
    for (const name of sharedOutputs(request)) shared.add(name);
    yield encodeInferRequest(open.add(request));
  }
}

/** Names of the outputs that a request wants in shared memory. */
function sharedOutputs({ outputs = [] }: InferRequest): Set<string> {
  return new Set(outputs.flatMap(({ name, sharedMemory }) => (sharedMemory === undefined ? [] : name)));
}
