import { fileURLToPath } from 'node:url';

/** Folder of the .proto files: beside src/ in the repository and beside dist/ in the package. */
export const PROTO_DIRECTORY = fileURLToPath(new URL('../../../../proto', import.meta.url));

/** The files whose messages a gateway sends, error details included; paths are relative to PROTO_DIRECTORY. */
export const PROTO_FILES = ['pairstream/v1/pair_service.proto', 'google/rpc/error_details.proto'];
