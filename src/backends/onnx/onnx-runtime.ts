import './runtime-environment.js';
import { PairstreamError } from '../../errors/pairstream-error.js';

/** The module `onnxruntime-node`. */
export type OnnxRuntime = typeof import('onnxruntime-node');

/**
 * Loads ONNX Runtime. It is an optional dependency: its install script downloads from other servers than the registry, and a
 * gateway on Triton does not need it.
 * @throws PairstreamError INVALID_CONFIG if it is not installed or does not run on this machine
 */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new PairstreamError(
      'INVALID_CONFIG',
      `ONNX Runtime, which runs models in this process, cannot be loaded (${reason}): install it with \`npm install --ignore-scripts onnxruntime-node\`, or run the models on Triton (PAIRSTREAM_BACKEND=triton)`,
      { field: 'PAIRSTREAM_BACKEND', cause },
    );
  }
}
