import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** Folder of the .proto files: beside src/ in the repository and beside dist/ in the package. */
export const PROTO_DIRECTORY = fileURLToPath(new URL('../../proto', import.meta.url));

/** The files whose messages a gateway sends, error details included; paths are relative to PROTO_DIRECTORY. */
export const PROTO_FILES = ['pairstream/v1/pair_service.proto', 'google/rpc/error_details.proto'];

let root: protobuf.Root | undefined;

/**
 * The reflected type of a message, for the messages that are rare enough not to be coded by hand. Field names are
 * those of the .proto file. The files are read once, at the first call.
 */
export function messageType(fullName: string): protobuf.Type {
  if (root === undefined) {
    root = new protobuf.Root();
    root.resolvePath = (_origin, target) =>
      // protobufjs brings google/protobuf/*.proto itself.
      target.startsWith('google/protobuf/') ? target : join(PROTO_DIRECTORY, target);
    root.loadSync(PROTO_FILES, { keepCase: true });
    root.resolveAll();
  }
  return root.lookupType(fullName);
}
