import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** Folder of the .proto files. */
const PROTO_DIRECTORY = fileURLToPath(new URL('../../../proto', import.meta.url));

/**
 * Reads the .proto files of the inference protocol.
 * @param options `keepCase`: true if fields keep the names of the file, false for camelCase
 */
export function loadInferenceProtos(options: { keepCase: boolean }): protobuf.Root {
  const loaded = new protobuf.Root();
  loaded.resolvePath = (_origin, target) =>
    // protobufjs brings google/protobuf/*.proto itself.
    target.startsWith('google/protobuf/') ? target : join(PROTO_DIRECTORY, target);
  loaded.loadSync('inference/grpc_service.proto', options);
  loaded.resolveAll();
  return loaded;
}
