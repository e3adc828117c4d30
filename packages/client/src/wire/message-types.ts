import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** Folder of the .proto files. */
const PROTO_DIRECTORY = fileURLToPath(new URL('../../../../proto', import.meta.url));

/** The files whose messages a gateway sends, error details included; paths are relative to PROTO_DIRECTORY. */
const PROTO_FILES = ['pairstream/v1/pair_service.proto', 'google/rpc/error_details.proto'];

let root: protobuf.Root | undefined;

/**
 * The reflected type of a message, for the messages that are rare enough not to be coded by hand. Field names are
 * those of the .proto file. The files are read once, at the first call.
 */
export function messageType(fullName: string): protobuf.Type {
  root ??= loadProtoFiles(PROTO_FILES, { keepCase: true });
  return root.lookupType(fullName);
}

/**
 * Reads .proto files, with what they import.
 * @param files paths relative to PROTO_DIRECTORY
 * @param options `keepCase`: whether fields keep the names of the file, instead of camelCase
 */
function loadProtoFiles(files: readonly string[], options: { keepCase: boolean }): protobuf.Root {
  const loaded = new protobuf.Root();
  loaded.resolvePath = (_origin, target) =>
    // protobufjs brings google/protobuf/*.proto itself.
    target.startsWith('google/protobuf/') ? target : join(PROTO_DIRECTORY, target);
  loaded.loadSync([...files], options);
  loaded.resolveAll();
  return loaded;
}
