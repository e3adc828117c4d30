import { availableParallelism } from 'node:os';
import type { Config } from '../../config/config.js';
import { workerLogFolder } from '../../feedback/feature-log/log-folder.js';

/** Number of worker threads of the settings: one per core that the process may use, unless they name another number. */
export function workerCountOf({ workers }: Pick<Config, 'workers'>): number {
  return workers === 0 ? availableParallelism() : workers;
}

/**
 * Settings of one worker thread. Caches, and threads that the settings leave open, are divided among the workers; bounds of the
 * process are compared with levels that all threads share. The main thread learns and writes state.
 */
export function workerConfig(config: Config, index: number, count: number): Config {
  const share = (total: number): number => (total === 0 ? 0 : Math.max(1, Math.floor(total / count)));
  const cores = availableParallelism();
  return {
    ...config,
    stateDir: '',
    towerCacheMb: share(config.towerCacheMb),
    maxServedPairsMb: share(config.maxServedPairsMb),
    tritonSharedMemoryMb: share(config.tritonSharedMemoryMb),
    onnxThreads: config.onnxThreads === 0 ? share(cores) : config.onnxThreads,
    forestThreads: config.forestThreads === 0 ? share(cores) : config.forestThreads,
    featureLogDir: config.featureLogDir === '' ? '' : workerLogFolder(config.featureLogDir, index),
    maxFeatureLogMb: share(config.maxFeatureLogMb),
    featureLogFileMb: Math.min(config.featureLogFileMb, share(config.maxFeatureLogMb)),
    maxFeatureLogRows: share(config.maxFeatureLogRows),
  };
}
