import { isIPv6 } from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import { inferenceType } from '@pairstream/triton-client/messages';
import { checkFields } from './models/config-fields.js';
import type { FakeModel } from './fake-model.js';
import { FakeServerRun } from './fake-server-run.js';
import type { ReceivedMessage } from './network/grpc-endpoint.js';
import { ScriptTable } from './models/model-registry.js';
import type { ModelScript } from './models/model-script.js';
import { NetworkGate } from './network/network-gate.js';
import type { ModelControl } from './methods/repository-methods.js';

/** Certificates of a server with TLS. All PEM. */
export interface FakeTritonTls {
  readonly certificateChain: Buffer;
  readonly privateKey: Buffer;
  /** Authorities for the client certificates that the server requires (mTLS). Default: clients need no certificate. */
  readonly clientCertificates?: Buffer;
}

/** Models, address and settings of a fake server. */
export interface FakeTritonOptions {
  readonly models: readonly FakeModel[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free port. It stays the same after a restart. */
  readonly port?: number;
  /** Default: no TLS. */
  readonly tls?: FakeTritonTls;
  /** Default none: clients cannot load and unload models. */
  readonly modelControl?: ModelControl;
  /** Models served from the start, with explicit control. Default: all. */
  readonly loadedModels?: readonly string[];
  /** Version of the server core in the metadata. Default 2.51.0. */
  readonly serverVersion?: string;
  /** Called with every received message, before it is answered. */
  readonly onMessage?: (message: ReceivedMessage) => void;
}

const DEFAULT_VERSION = '2.51.0';

/**
 * A Triton server inside this process, for tests: the whole gRPC protocol with the statuses and texts of the real server (2.51),
 * and models written in TypeScript. Tests can make it slow, busy, wrong, frozen or dead.
 */
export class FakeTriton implements AsyncDisposable {
  /** True if clients may register shared memory. Default true; real servers from 26.04 on need a flag for it. */
  allowsSharedMemory = true;
  private readonly models = new Map<string, FakeModel>();
  private readonly scripts = new ScriptTable();
  private readonly gate = new NetworkGate();
  private readonly callCounts = new Map<string, number>();
  private run: FakeServerRun | undefined;
  private port: number;

  private constructor(private readonly options: FakeTritonOptions) {
    this.port = options.port ?? 0;
    for (const model of options.models) this.put(model);
  }

  /**
   * Starts a server.
   * @throws RangeError for an unknown field or enum value in a configuration; Error if the port is in use, or a model cannot be
   *   loaded
   */
  static async start(options: FakeTritonOptions): Promise<FakeTriton> {
    const server = new FakeTriton(options);
    await server.start();
    return server;
  }

  /** host:port for clients. */
  get target(): string {
    const { host } = this;
    return `${isIPv6(host) ? `[${host}]` : host}:${this.port}`;
  }

  /** Faults and counts of a model. The model need not exist yet. */
  script(modelName: string): ModelScript {
    return this.scripts.of(modelName);
  }

  /** Number of calls of a method of inference.GRPCInferenceService so far; number of messages for ModelStreamInfer. */
  callCount(method: string): number {
    return this.callCounts.get(method) ?? 0;
  }

  /**
   * Adds a model to the repository, or replaces the model of the same name, and serves it. The old model finishes its running
   * requests.
   * @throws RangeError for an invalid configuration, as `start`
   */
  async replace(model: FakeModel): Promise<void> {
    this.put(model);
    await this.run?.registry.load(model.config.name);
  }

  /** Serves a model of the repository. @throws FakeTritonError */
  async load(modelName: string): Promise<void> {
    await this.run?.registry.load(modelName);
  }

  /** Unloads a model. Its running and queued requests finish. */
  unload(modelName: string): void {
    this.run?.registry.unload(modelName);
  }

  /** Starts a shutdown: running requests finish, new ones are refused. `die` ends the server. */
  shutDown(): void {
    if (this.run !== undefined) this.run.registry.isShuttingDown = true;
  }

  /** Ends the server at once: breaks connections, closes the port, and drops registered regions, statistics and settings. */
  async die(): Promise<void> {
    const { run } = this;
    this.run = undefined;
    await this.gate.cut();
    run?.end();
  }

  /** Starts again after `die`, on the same port. */
  async start(): Promise<void> {
    if (this.run !== undefined) return;
    const { modelControl = 'none', loadedModels, serverVersion = DEFAULT_VERSION } = this.options;
    const run = new FakeServerRun({
      models: this.models,
      scripts: this.scripts,
      modelControl,
      serverVersion,
      allowsSharedMemory: () => this.allowsSharedMemory,
      onMessage: (message) => this.receive(message),
    });
    try {
      for (const name of loadedModels ?? this.models.keys()) await run.registry.load(name);
      const serverPort = await run.listen(credentialsOf(this.options.tls));
      this.port = await this.gate.open(this.host, this.port, serverPort);
    } catch (error) {
      run.end();
      throw error;
    }
    this.run = run;
  }

  /** `die`, then `start`. */
  async restart(): Promise<void> {
    await this.die();
    await this.start();
  }

  /** Freezes the server: it accepts connections and bytes but answers nothing, not even pings, like a stopped process. */
  hang(): void {
    this.gate.hold();
  }

  /** Continues after `hang`, with the bytes received in the meantime. */
  resume(): void {
    this.gate.release();
  }

  /** Ends the server. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.die();
  }

  private get host(): string {
    return this.options.host ?? '127.0.0.1';
  }

  private put(model: FakeModel): void {
    const { config } = model;
    checkFields(inferenceType('ModelConfig'), config, `model ${config.name}`);
    this.models.set(config.name, model);
  }

  private receive(message: ReceivedMessage): void {
    this.callCounts.set(message.method, this.callCount(message.method) + 1);
    this.options.onMessage?.(message);
  }
}

function credentialsOf(tls: FakeTritonTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { certificateChain, privateKey, clientCertificates } = tls;
  const pairs = [{ private_key: privateKey, cert_chain: certificateChain }];
  return ServerCredentials.createSsl(clientCertificates ?? null, pairs, clientCertificates !== undefined);
}
