import type { Config } from '../../config/config.js';
import { EmbeddedBackend } from './embedded-backend.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

/**
 * Creates the embedded backend of the settings. The caller closes it.
 * @param onFallback receives one line, with the reason, for each forest that ONNX Runtime runs because the forest walker cannot
 */
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
