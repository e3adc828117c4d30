import { join } from 'node:path';
import { createEmbeddedBackend } from '../backends/embedded/create-embedded-backend.js';
import type { EmbeddedBackend } from '../backends/embedded/embedded-backend.js';
import type { Config } from '../config/config.js';
import { packagePath } from '../config/package-files.js';
import { type PipelineFile, readPipelineFile } from '../releases/pipeline-file.js';
import { beginSnapshot } from '../statistics/snapshot-thread.js';
import type { BegunFiles, GatewayOverrides } from './config/config.module.js';

/**
 * Begins to load the forests and the statistics of the release, on threads, while this thread loads the modules of the gateway and reads the other files.
 * Does nothing for other backends than the embedded one.
 * @param onFallback see createEmbeddedBackend
 * @returns overrides for `startGateway`, which must be called: it closes the backend
 * @throws PairstreamError INVALID_PIPELINE
 */
export function beginLoads(
  config: Config,
  onFallback: (line: string) => void,
): Pick<GatewayOverrides, 'backend' | 'begun'> {
  if (config.backend !== 'embedded') return {};
  const begun = beginFiles(config);
  const backend = beginModels(config, begun.pipelineFile, onFallback);
  return { begun, ...(backend === undefined ? {} : { backend }) };
}

/** Begins to read the statistics of the release on a thread. @throws PairstreamError INVALID_PIPELINE */
export function beginFiles({ pipeline }: Config): BegunFiles {
  const pipelineFile = readPipelineFile(packagePath(pipeline));
  return { pipelineFile, snapshot: beginSnapshot(pipelineFile.statisticsPath) };
}

/**
 * Begins to load the forests of the release on threads.
 * @param onFallback see createEmbeddedBackend
 * @returns the backend, which the caller closes; undefined for other backends than the embedded one
 */
export function beginModels(
  config: Config,
  { definition, modelRepositoryPath }: PipelineFile,
  onFallback: (line: string) => void,
): EmbeddedBackend | undefined {
  if (config.backend !== 'embedded') return undefined;
  const backend = createEmbeddedBackend(config, onFallback);
  backend.begin(
    Object.entries(definition.models).map(([name, { version }]) => ({
      name,
      version,
      directory: join(modelRepositoryPath, name),
    })),
  );
  return backend;
}
