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

/** The certificates of a server that speaks TLS. All PEM. */
export interface FakeTritonTls {
  readonly certificateChain: Buffer;
  readonly privateKey: Buffer;
  /** Who signs the certificates that clients must have (mTLS). Default: clients need none. */
  readonly clientCertificates?: Buffer;
}

/** What a fake server has, and how it is reached. */
export interface FakeTritonOptions {
  readonly models: readonly FakeModel[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: any that is free. It stays the same when the server dies and comes back. */
  readonly port?: number;
  /** Default: no TLS. */
  readonly tls?: FakeTritonTls;
  /** Default none: clients may not load and unload. */
  readonly modelControl?: ModelControl;
  /** With explicit control, the models that are served from the start. Default: all. */
  readonly loadedModels?: readonly string[];
  /** Version of the server core that the metadata tells. Default 2.51.0. */
  readonly serverVersion?: string;
  /** Called with every message that comes in, before it is answered. */
  readonly onMessage?: (message: ReceivedMessage) => void;
}

const DEFAULT_VERSION = '2.51.0';

/**
 * A Triton server inside this process: the whole gRPC protocol, with the statuses and texts of the real one (2.51), and models
 * written in TypeScript. Made for tests: it can be told to be slow, busy, wrong, dead, hanging ...
 */
export class FakeTriton implements AsyncDisposable {
  /** Whether clients may register shared memory. Servers from 26.04 on do not allow it unless they are told to. Default true. */
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
   * @throws RangeError for a configuration with a field or an enum value that there is not; Error when the port is taken, or a
   *   model cannot be loaded
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

  /** What a test does to a model, and what was counted. The model need not be there yet. */
  script(modelName: string): ModelScript {
    return this.scripts.of(modelName);
  }

  /** Calls of a method of inference.GRPCInferenceService so far; messages for ModelStreamInfer. */
  callCount(method: string): number {
    return this.callCounts.get(method) ?? 0;
  }

  /**
   * Puts a model into the repository, in place of one of the same name, and serves it. What runs is finished by the old one.
   * @throws RangeError for a configuration as `start` does
   */
  async replace(model: FakeModel): Promise<void> {
    this.put(model);
    await this.run?.registry.load(model.config.name);
  }

  /** Serves a model of the repository. @throws FakeTritonError */
  async load(modelName: string): Promise<void> {
    await this.run?.registry.load(modelName);
  }

  /** Serves a model no more; what waits and runs is finished. */
  unload(modelName: string): void {
    this.run?.registry.unload(modelName);
  }

  /** From now on the server behaves as one that was told to end and waits for what runs; `die` ends it. */
  shutDown(): void {
    if (this.run !== undefined) this.run.registry.isShuttingDown = true;
  }

  /** Ends at once: connections are cut, the port is closed, registered regions, statistics and settings are gone. */
  async die(): Promise<void> {
    const { run } = this;
    this.run = undefined;
    await this.gate.cut();
    run?.end();
  }

  /** Comes back after `die`, on the same port. */
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

  /** Dies and comes back. */
  async restart(): Promise<void> {
    await this.die();
    await this.start();
  }

  /** Takes connections and bytes and answers nothing, like a process that is stopped; not even pings. */
  hang(): void {
    this.gate.hold();
  }

  /** Goes on after `hang`, with what came meanwhile. */
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
