import { metadataOf } from '../models/completed-config.js';
import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';
import type { ModelRegistry } from '../models/model-registry.js';
import { parseVersion } from '../models/model-version.js';
import type { UnaryMethods } from './unary-method.js';

const EXTENSIONS = [
  'classification',
  'sequence',
  'model_repository',
  'model_repository(unload_dependents)',
  'schedule_policy',
  'model_configuration',
  'system_shared_memory',
  'cuda_shared_memory',
  'binary_tensor_data',
  'parameters',
  'statistics',
  'trace',
  'logging',
];

/** ServerReady. @throws FakeTritonError UNAVAILABLE if the server is shutting down */
export function isServerReady(registry: ModelRegistry): boolean {
  if (registry.isShuttingDown) throw new FakeTritonError('UNAVAILABLE', 'Server exiting');
  return registry.areAllReady;
}

/** @throws FakeTritonError UNAVAILABLE when the server is shutting down */
export function requireRunning(registry: ModelRegistry): void {
  if (registry.isShuttingDown) throw new FakeTritonError('UNAVAILABLE', 'Server not ready');
}

/** Metadata of the server and its models. @param serverVersion version of the server core */
export function serverMethods(registry: ModelRegistry, serverVersion: string): UnaryMethods {
  return {
    ServerLive: () => {
      isServerReady(registry);
      return { live: true };
    },
    ServerReady: () => ({ ready: isServerReady(registry) }),
    ServerMetadata: () => ({ name: 'triton', version: serverVersion, extensions: EXTENSIONS }),
    ModelReady: ({ name, version }) => {
      requireRunning(registry);
      return { ready: registry.isReady(name, version) };
    },
    ModelMetadata: ({ name, version }) => {
      const { model } = registry.find(name, version);
      const versions = version === '' ? model.completed.versions : [registry.find(name, version).version];
      return metadataOf(model.completed.config, versions);
    },
    ModelConfig: ({ name, version }) => ({
      config: registry.find(name, version).model.completed.message,
    }),
    ModelStatistics: ({ name, version }) => {
      requireRunning(registry);
      return { modelStats: statisticsOf(registry, name, version) };
    },
  };
}

function statisticsOf(registry: ModelRegistry, name: string, version: string): object[] {
  // Without a name the version is ignored.
  if (name === '') return registry.versions.map(({ statistics }) => statistics.toMessage());
  const found = registry.versions.filter(({ model }) => model.completed.config.name === name);
  if (found.length === 0) throw invalidArgument(`requested model '${name}' is not available`);
  const wanted = version === '' ? found : found.filter((served) => served.version === parseVersion(version));
  if (wanted.length === 0)
    throw invalidArgument(`requested model version is not available for model '${name}'`);
  return wanted.map(({ statistics }) => statistics.toMessage());
}
