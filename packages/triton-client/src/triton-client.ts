import type { TlsOptions } from '@pairstream/grpc-channel';
import { LONGEST_TIMEOUT_MS } from '@pairstream/grpc-channel';
import { parseHostAndPort, StreamChannel } from '@pairstream/grpc-channel';
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

/** Address and transport settings of a Triton server. */
export interface TritonClientOptions {
  /** host:port of the server's gRPC endpoint; Triton's own default port is 8001. */
  readonly target: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Sent with every call, for instance `triton-grpc-protocol-<key>` for restricted protocols. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Maximum size of a sent or received message, bytes. Default 2^31 - 1, which is Triton's own limit. */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Interval between keepalive pings while calls are open, milliseconds. Default 330,000: Triton closes connections that ping more
   * often than every 300,000 ms.
   */
  readonly keepaliveTimeMs?: number | undefined;
}

const MAX_MESSAGE_BYTES = 2 ** 31 - 1;
const KEEPALIVE_TIME_MS = 330_000;
const US_PER_MS = 1_000;
const INFER_PATH = inferencePath('ModelInfer');
const STREAM_PATH = inferencePath('ModelStreamInfer');

/**
 * A client of one NVIDIA Triton server, or of another server with the KServe v2 protocol. Unary calls share one connection, and
 * streams share a second. Any number of calls may be in flight. Calls made while the server is unreachable fail as `down`; each
 * later call tries to connect again.
 */
export class TritonClient implements InferenceServer, Disposable {
  /** Lists, loads and unloads the models of the server. */
  readonly repository: ModelRepository;
  /** Registers regions of /dev/shm from which the server reads inputs and to which it writes outputs. */
  readonly systemSharedMemory: SystemSharedMemory;
  /** Registers regions of GPU memory. */
  readonly cudaSharedMemory: CudaSharedMemory;
  /** Trace and log settings. */
  readonly settings: ServerSettings;
  readonly target: string;
  private readonly channel: UnaryChannel;
  private readonly streams: StreamChannel;
  private readonly calls: InferenceCalls;

  /** @throws TritonError invalid_argument for an invalid target; TypeError for a header that HTTP does not allow */
  constructor(options: TritonClientOptions) {
    const {
      target,
      tls,
      headers,
      maxMessageBytes = MAX_MESSAGE_BYTES,
      keepaliveTimeMs = KEEPALIVE_TIME_MS,
    } = options;
    if (parseHostAndPort(target) === undefined)
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

  /** Bytes of memory kept for reuse by later requests and responses: at most 64 MiB. */
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

  /** True if the server process answers. @throws TritonError */
  async isServerLive(options?: TritonCallOptions): Promise<boolean> {
    return (await this.calls.call('ServerLive', {}, options)).live;
  }

  /** True if all models are ready. @throws TritonError */
  async isServerReady(options?: TritonCallOptions): Promise<boolean> {
    return (await this.calls.call('ServerReady', {}, options)).ready;
  }

  /**
   * True if a model accepts requests, even if every request then fails.
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

  /** Configuration of a loaded model. @throws TritonError unknown_model */
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
   * Creates a model object that checks requests against the model's tensors before sending. Other KServe v2 servers have no
   * ModelConfig: `config` is then undefined, and the number of rows is not checked.
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
   * Sends one request. The remaining part of `timeoutMs` is the deadline of the call. It is also the request's timeout in the
   * model's queue, if the model's configuration allows requests to set one. Without `timeoutMs` there is no deadline. A cancel
   * reaches the server.
   * @throws TritonError
   */
  async infer(request: InferRequest, options: TritonCallOptions = {}): Promise<InferResponse> {
    const message = this.encode(request, options);
    const bytes = await this.channel.callForKeeps(INFER_PATH, message, options);
    return decodeInferResponse(bytes, sharedOutputs(request));
  }

  /** Sends one request as `infer` does, but returns the contents of outputs as bytes. @throws TritonError */
  async inferRaw(request: InferRequest, options: TritonCallOptions = {}): Promise<RawResponse> {
    const message = this.encode(request, options);
    return decodeRawResponse(await this.channel.callForKeeps(INFER_PATH, message, options));
  }

  /**
   * Sends one request and passes the response to `read`, without allocating memory for the response.
   * @param read called once; must copy what it needs, because the bytes of outputs are reused when it returns
   * @throws TritonError, and the errors of `read`
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
   * Sends requests over one stream and yields the responses. An error response does not affect other requests. Intended for
   * decoupled models, which answer only on streams. Responses of other models keep the order of the requests, so a slow request
   * delays those behind it. Every request is answered, or the call fails.
   * @throws TritonError if the whole call fails; down if the server ends the stream with requests unanswered; internal for an
   *   answer to a request that is not open
   */
  async *streamInfer(
    requests: AsyncIterable<InferRequest> | Iterable<InferRequest>,
    options: TritonCallOptions = {},
  ): AsyncGenerator<StreamAnswer, void, undefined> {
    // Callers may omit the id that matches answers to requests, so the requested outputs of all requests count for each answer.
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
   * Closes the unary connection at once: calls on it fail as `down`, and the next call connects again. For a server that no longer
   * answers, because the loss of a connection may go unnoticed.
   */
  reset(reason: string): void {
    this.channel.reset(reason);
  }

  /** Closes the client. Calls in flight are finished, new calls fail. */
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

/** Names of the outputs that the server writes to shared memory. */
function sharedOutputs({ outputs = [] }: InferRequest): Set<string> {
  return new Set(outputs.flatMap(({ name, sharedMemory }) => (sharedMemory === undefined ? [] : name)));
}
