import { z } from 'zod';
import { BytesChannel, type TlsOptions } from '../../../channel/bytes-channel.js';
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
import { type ModelConfig, modelConfigSchema } from './model-config.js';
import { ModelRepository } from './model-repository.js';
import {
  type ModelMetadata,
  modelMetadataSchema,
  type ModelStatistics,
  modelStatisticsSchema,
  type ServerMetadata,
  serverMetadataSchema,
} from './server-messages.js';
import { ServerSettings } from './server-settings.js';
import { CudaSharedMemory, SystemSharedMemory } from './shared-memory.js';
import { TritonError } from './triton-error.js';
import { type InferenceServer, TritonModel } from './triton-model.js';

/** Where a server is, and how it is talked to. */
export interface TritonClientOptions {
  /** host:port of the server's gRPC endpoint; Triton's own default port is 8001. */
  readonly target: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions;
  /** Sent with every call, for instance `triton-grpc-protocol-<key>` for restricted protocols. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Largest message either way, bytes. Default 2^31 - 1, which is Triton's own limit. */
  readonly maxMessageBytes?: number;
  /**
   * Milliseconds without traffic after which the connection is probed while calls are open. Default 330,000: Triton closes
   * connections that ping more often than every 300,000 ms.
   */
  readonly keepaliveTimeMs?: number;
  /** Most milliseconds between two attempts to reach a server that is away. Default 2,000. */
  readonly maxReconnectDelayMs?: number;
}

const MAX_MESSAGE_BYTES = 2 ** 31 - 1;
const KEEPALIVE_TIME_MS = 330_000;
const MAX_RECONNECT_DELAY_MS = 2_000;
const US_PER_MS = 1_000;
const INFER_PATH = inferencePath('ModelInfer');
const STREAM_PATH = inferencePath('ModelStreamInfer');

/**
 * A client of one NVIDIA Triton server (or any that speaks KServe v2) over one connection. Calls may be made before the
 * server is there, and any number at once.
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
  private readonly channel: BytesChannel;
  private readonly calls: InferenceCalls;

  constructor(options: TritonClientOptions) {
    this.target = options.target;
    this.channel = new BytesChannel({
      maxMessageBytes: MAX_MESSAGE_BYTES,
      keepaliveTimeMs: KEEPALIVE_TIME_MS,
      maxReconnectDelayMs: MAX_RECONNECT_DELAY_MS,
      ...options,
      toError: TritonError.fromCall,
    });
    this.calls = new InferenceCalls(this.channel);
    this.repository = new ModelRepository(this.calls);
    this.systemSharedMemory = new SystemSharedMemory(this.calls);
    this.cudaSharedMemory = new CudaSharedMemory(this.calls);
    this.settings = new ServerSettings(this.calls);
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
    return (await this.calls.call('ServerLive', {}, z.object({ live: z.boolean() }), options)).live;
  }

  /** Whether all models are ready. @throws TritonError */
  async isServerReady(options?: TritonCallOptions): Promise<boolean> {
    return (await this.calls.call('ServerReady', {}, READY, options)).ready;
  }

  /**
   * Whether a model takes requests. A model whose every request fails says so, too.
   * @param version default: any
   * @throws TritonError
   */
  async isModelReady(name: string, version = '', options?: TritonCallOptions): Promise<boolean> {
    return (await this.calls.call('ModelReady', { name, version }, READY, options)).ready;
  }

  /** @throws TritonError */
  serverMetadata(options?: TritonCallOptions): Promise<ServerMetadata> {
    return this.calls.call('ServerMetadata', {}, serverMetadataSchema, options);
  }

  /** Tensors of a model. @throws TritonError unknown_model */
  modelMetadata(name: string, version = '', options?: TritonCallOptions): Promise<ModelMetadata> {
    return this.calls.call('ModelMetadata', { name, version }, modelMetadataSchema, options);
  }

  /** The configuration a model runs with. @throws TritonError unknown_model */
  async modelConfig(name: string, version = '', options?: TritonCallOptions): Promise<ModelConfig> {
    const schema = z.object({ config: modelConfigSchema });
    return (await this.calls.call('ModelConfig', { name, version }, schema, options)).config;
  }

  /** Counters since models were loaded. @param name default: all models @throws TritonError unknown_model */
  async modelStatistics(name = '', version = '', options?: TritonCallOptions): Promise<ModelStatistics[]> {
    const request = { name, version };
    return (await this.calls.call('ModelStatistics', request, modelStatisticsSchema, options)).modelStats;
  }

  /** A model with its tensors, whose requests are checked before they are sent. @throws TritonError unknown_model */
  async model(name: string, version = '', options?: TritonCallOptions): Promise<TritonModel> {
    const [metadata, config] = await Promise.all([
      this.modelMetadata(name, version, options),
      this.modelConfig(name, version, options),
    ]);
    return new TritonModel(this, version, metadata, config);
  }

  /**
   * Sends one request. What is left of `timeoutMs` is the deadline of the call, and also how long the request may wait in
   * the model's queue, where the model's configuration allows requests to say so. A cancel reaches the server.
   * @throws TritonError
   */
  async infer(request: InferRequest, options: TritonCallOptions = {}): Promise<InferResponse> {
    return decodeInferResponse(await this.inferBytes(request, options), sharedOutputs(request));
  }

  /** The same, with the contents of outputs as bytes. @throws TritonError */
  async inferRaw(request: InferRequest, options: TritonCallOptions = {}): Promise<RawResponse> {
    return decodeRawResponse(await this.inferBytes(request, options));
  }

  /**
   * Sends requests over one call and yields the responses; an answer that is an error leaves the others alone. For decoupled
   * models, which answer here only: the responses of other models keep the order of their requests, so one that is slow
   * holds up the rest.
   * @throws TritonError when the call as a whole fails
   */
  async *streamInfer(
    requests: AsyncIterable<InferRequest> | Iterable<InferRequest>,
    options: TritonCallOptions = {},
  ): AsyncGenerator<StreamAnswer, void, undefined> {
    // Answers and requests find each other by an id that callers may leave out: what one asks for, all may.
    const shared = new Set<string>();
    const messages = encodeAll(requests, shared);
    for await (const bytes of this.channel.stream(STREAM_PATH, messages, options))
      yield decodeStreamAnswer(bytes, shared);
  }

  /** Ends the connection; calls in flight are finished. */
  close(): void {
    this.channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private inferBytes(request: InferRequest, options: TritonCallOptions): Promise<Buffer> {
    const { timeoutMs } = options;
    const timeoutUs = timeoutMs === undefined ? Infinity : Math.max(1, Math.floor(timeoutMs * US_PER_MS));
    const message = encodeInferRequest(
      Number.isFinite(timeoutUs)
        ? { ...request, parameters: { timeout: timeoutUs, ...request.parameters } }
        : request,
    );
    return this.channel.unary(INFER_PATH, message, options);
  }
}

const READY = z.object({ ready: z.boolean() });

async function* encodeAll(
  requests: AsyncIterable<InferRequest> | Iterable<InferRequest>,
  shared: Set<string>,
): AsyncGenerator<Buffer> {
  for await (const request of requests) {
    for (const name of sharedOutputs(request)) shared.add(name);
    yield encodeInferRequest(request);
  }
}

/** Names of the outputs that a request wants in shared memory. */
function sharedOutputs({ outputs = [] }: InferRequest): Set<string> {
  return new Set(outputs.flatMap(({ name, sharedMemory }) => (sharedMemory === undefined ? [] : name)));
}
