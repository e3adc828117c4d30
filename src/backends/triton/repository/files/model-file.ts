import type { ModelConfig } from '@pairstream/triton-client';
import { backendOf } from '../rules/backends/backend-rules.js';
import { FIL_FILES } from '../rules/backends/fil-keys.js';
import { filParameters } from '../rules/backends/fil-rules.js';

/** File that a backend reads from a version folder, where the configuration names none. */
const FILE_OF_BACKEND: Readonly<Record<string, string>> = {
  onnxruntime: 'model.onnx',
  openvino: 'model.xml',
  python: 'model.py',
  pytorch: 'model.pt',
  tensorrt: 'model.plan',
};

/**
 * Name of the file that a model is read from in each version folder; undefined where that is not known: for other backends,
 * and for a forest whose `model_type` is missing or unknown.
 */
export function modelFileOf(config: ModelConfig): string | undefined {
  const backend = backendOf(config);
  const type = backend === 'fil' ? filParameters(config).get('model_type') : undefined;
  const standard = backend === 'fil' ? FIL_FILES[type ?? ''] : FILE_OF_BACKEND[backend];
  return standard !== undefined && config.defaultModelFilename !== ''
    ? config.defaultModelFilename
    : standard;
}

/** Backends whose configuration Triton completes from the model file, where nothing names a backend. */
const COMPLETED_BACKENDS = ['onnxruntime', 'openvino', 'python', 'tensorrt'];

/**
 * The backend that Triton takes by the name of a model file, where the configuration names none; undefined for other files.
 * @param hasFile true for the name of a file in a version folder
 */
export function completedBackend(hasFile: (name: string) => boolean): string | undefined {
  return COMPLETED_BACKENDS.find((backend) => hasFile(FILE_OF_BACKEND[backend] ?? ''));
}
