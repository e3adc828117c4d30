import type { Config } from '../../config/config.js';
import { EmbeddedBackend } from './embedded-backend.js';

const BYTES_PER_MIB = 1_024 * 1_024;

/** The embedded backend as the settings say. @param onFallback receives one line for a forest that ONNX Runtime runs */
export function createEmbeddedBackend(
  { onnxThreads, forestThreads, maxForestMb }: Pick<Config, 'onnxThreads' | 'forestThreads' | 'maxForestMb'>,
  onFallback: (line: string) => void,
): EmbeddedBackend {
  return new EmbeddedBackend({
    onnxThreadCount: onnxThreads,
    forestThreadCount: forestThreads,
    maxForestBytes: maxForestMb * BYTES_PER_MIB,
    onFallback,
  });
}
