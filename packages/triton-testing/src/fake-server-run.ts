import type { ServerCredentials } from '@grpc/grpc-js';
import type { FakeModel } from './fake-model.js';
import { GrpcEndpoint, type ReceivedMessage } from './network/grpc-endpoint.js';
import { InferStream } from './inference/infer-stream.js';
import { inferUnary } from './inference/infer-unary.js';
import { Inference } from './inference/inference.js';
import { logMethods } from './methods/log-settings.js';
import { ModelRegistry, type ScriptTable } from './models/model-registry.js';
import { type ModelControl, repositoryMethods } from './methods/repository-methods.js';
import { isServerReady, serverMethods } from './methods/server-methods.js';
import { sharedMemoryMethods } from './methods/shared-memory-methods.js';
import { SharedMemoryTable } from './methods/shared-memory-table.js';
import { traceMethods } from './methods/trace-settings.js';

/** Header with which the status of a failed run becomes the status of the whole stream. */
const ERROR_STATUS_KEY = 'triton_grpc_error';

/** State that survives a restart of the server. */
export interface FakeServerRunOptions {
  readonly models: ReadonlyMap<string, FakeModel>;
  readonly scripts: ScriptTable;
  readonly modelControl: ModelControl;
  readonly serverVersion: string;
  readonly allowsSharedMemory: () => boolean;
  readonly onMessage: (message: ReceivedMessage) => void;
}

/** The server from its start to its end: all state that a process loses when it ends. */
export class FakeServerRun {
  readonly registry: ModelRegistry;
  private readonly sharedMemory = new SharedMemoryTable();
  private readonly ended = new AbortController();
  private readonly endpoint: GrpcEndpoint;

  constructor(options: FakeServerRunOptions) {
    const registry = new ModelRegistry(options.models, options.scripts);
    const inference = new Inference(this.sharedMemory, this.ended.signal);
    this.registry = registry;
    this.endpoint = new GrpcEndpoint({
      unary: {
        ...serverMethods(registry, options.serverVersion),
        ...repositoryMethods(registry, options.modelControl),
        ...sharedMemoryMethods(this.sharedMemory, options.allowsSharedMemory),
        ...traceMethods(registry),
        ...logMethods(),
      },
      infer: (message, signal) => inferUnary(registry, inference, message, signal),
      stream: (metadata, signal, sink) => {
        const failsWhole = metadata.get(ERROR_STATUS_KEY).includes('true');
        return new InferStream(registry, inference, signal, sink, failsWhole);
      },
      isHealthy: () => isServerReady(registry),
      onMessage: options.onMessage,
    });
  }

  /** @returns the port on 127.0.0.1 */
  listen(credentials: ServerCredentials): Promise<number> {
    return this.endpoint.listen(credentials);
  }

  /** Ends every call and drops all state. */
  end(): void {
    this.ended.abort();
    this.endpoint.close();
    this.sharedMemory[Symbol.dispose]();
  }
}
