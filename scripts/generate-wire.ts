import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** A folder whose wire modules are generated. */
interface WireFolder {
  /** .proto files, relative to proto/; files that they import come along. */
  readonly files: readonly string[];
  /** Folder of the generated modules. */
  readonly folder: string;
  /** True if fields keep the names of the .proto files; false for camelCase. */
  readonly keepCase: boolean;
}

const ROOT = join(import.meta.dirname, '..');
const HEADER = '// Generated from proto/ by scripts/generate-wire.ts. Do not edit; run `make docs`.\n';
const FOLDERS: readonly WireFolder[] = [
  {
    files: ['pairstream/v1/pair_service.proto', 'google/rpc/error_details.proto'],
    folder: 'packages/client/src/wire/generated',
    keepCase: true,
  },
  {
    files: ['inference/grpc_service.proto'],
    folder: 'packages/triton-client/src/generated',
    keepCase: false,
  },
  // Triton's text format of model configurations has the names of the .proto file.
  {
    files: ['inference/model_config.proto'],
    folder: 'src/backends/triton/repository/generated',
    keepCase: true,
  },
];

function parse({ files, keepCase }: WireFolder): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    // protobufjs ships google/protobuf/*.proto.
    target.startsWith('google/protobuf/') ? target : join(ROOT, 'proto', target);
  root.loadSync([...files], { keepCase, alternateCommentMode: true });
  root.resolveAll();
  return root;
}

/** Module with the descriptor as JSON: the run time parses no .proto file and reads no file. */
function descriptorModule(root: protobuf.Root): string {
  const json = JSON.stringify(root.toJSON({ keepComments: false }), null, 1)
    // One line per field, method and oneof.
    .replaceAll(/\{[^{}]*\}/g, (leaf) => leaf.replaceAll(/\s*\n\s*/g, ' '))
    .replaceAll(/\[[^\][]*\]/g, (list) => list.replaceAll(/\s*\n\s*/g, ' '));
  return `${HEADER}import type { INamespace } from 'protobufjs/light.js';

/** Descriptor of the messages and services, in the JSON format of protobufjs. */
export const DESCRIPTOR: INamespace = JSON.parse(\`${json}\`);
`;
}

for (const wireFolder of FOLDERS) {
  const folder = join(ROOT, wireFolder.folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'descriptor.ts'), descriptorModule(parse(wireFolder)));
}
