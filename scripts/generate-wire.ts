import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** A folder of generated wire modules. */
interface WireFolder {
  /** .proto files, relative to proto/; files that they import come along. */
  readonly files: readonly string[];
  readonly folder: string;
  /** True if fields keep the names of the .proto files; false for camelCase. */
  readonly keepCase: boolean;
  /** Packages with message types, field numbers and methods in TypeScript. Default: only the descriptor is generated. */
  readonly packages?: readonly string[];
}

const ROOT = join(import.meta.dirname, '..');
const HEADER = '// Generated from proto/ by scripts/generate-wire.ts. Do not edit; run `make docs`.\n';
const FOLDERS: readonly WireFolder[] = [
  {
    files: ['pairstream/v1/pair_service.proto', 'google/rpc/error_details.proto'],
    folder: 'packages/client/src/wire/generated',
    keepCase: false,
    packages: ['pairstream.v1', 'google.rpc', 'google.protobuf'],
  },
  {
    files: ['inference/grpc_service.proto'],
    folder: 'packages/triton-client/src/generated',
    keepCase: false,
    packages: ['inference'],
  },
  // Triton's text format of model configurations has the names of the .proto file.
  {
    files: ['inference/model_config.proto'],
    folder: 'src/backends/triton/repository/generated',
    keepCase: true,
  },
];

const INT64_TYPES = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64']);

for (const { folder, packages, ...source } of FOLDERS) {
  const root = parse(source);
  const write = (file: string, text: string): void =>
    writeFileSync(join(ROOT, folder, file), `${HEADER}${text}`);
  mkdirSync(join(ROOT, folder), { recursive: true });
  write('descriptor.ts', descriptorModule(root));
  if (packages === undefined) continue;
  const parts = packages.flatMap((name) => declarationsIn(root.lookup(name)));
  write('messages.ts', messagesModule(parts));
  write('fields.ts', fieldsModule(parts));
}

function parse({ files, keepCase }: Pick<WireFolder, 'files' | 'keepCase'>): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    // protobufjs ships google/protobuf/*.proto.
    target.startsWith('google/protobuf/') ? target : join(ROOT, 'proto', target);
  root.loadSync([...files], { keepCase, alternateCommentMode: true });
  root.resolveAll();
  return root;
}

/** Module with the descriptor as JSON. */
function descriptorModule(root: protobuf.Root): string {
  const json = JSON.stringify(root.toJSON({ keepComments: false }), null, 1)
    // One line per field, method and oneof.
    .replaceAll(/\{[^{}]*\}/g, (leaf) => leaf.replaceAll(/\s*\n\s*/g, ' '))
    .replaceAll(/\[[^\][]*\]/g, (list) => list.replaceAll(/\s*\n\s*/g, ' '));
  return `import type { INamespace } from 'protobufjs/light.js';

/** Descriptor of the messages and services, in the JSON format of protobufjs. */
export const DESCRIPTOR: INamespace = JSON.parse(\`${json}\`);
`;
}

/** Messages, enums and services of a namespace, nested ones after the message that they lie in. */
function declarationsIn(namespace: protobuf.ReflectionObject | null): protobuf.ReflectionObject[] {
  if (!(namespace instanceof protobuf.Namespace)) return [];
  return namespace.nestedArray.flatMap((nested) => [nested, ...declarationsIn(nested)]);
}

/** Module with an interface per message as protobufjs decodes it, and a union of names per enum. */
function messagesModule(declarations: readonly protobuf.ReflectionObject[]): string {
  const types = declarations.filter((each) => each instanceof protobuf.Type);
  const index = types.map((type) => `  readonly '${fullNameOf(type)}': ${reference(type)};`);
  return `
${declarations.flatMap(declaration).join('\n\n')}

/** Messages by full name. @typeParam Int64 \`number\`, or \`string\` where no digit may be lost */
export interface Messages<Int64 = number> {
${index.join('\n')}
}
`;
}

function declaration(declared: protobuf.ReflectionObject): string[] {
  const comment = docComment(declared.comment, '');
  if (declared instanceof protobuf.Enum) {
    const names = Object.keys(declared.values).map((name) => `'${name}'`);
    return [`${comment}export type ${nameOf(declared)} = ${names.join(' | ')};`];
  }
  if (!(declared instanceof protobuf.Type)) return [];
  const parameter = hasInt64(declared) ? '<Int64 = number>' : '';
  const fields = declared.fieldsArray.map((field) => {
    const mark = field.partOf === null ? '' : '?';
    return `${docComment(field.comment, '  ')}  readonly ${field.name}${mark}: ${fieldType(field)};\n`;
  });
  return [`${comment}export interface ${nameOf(declared)}${parameter} {\n${fields.join('')}}`];
}

function fieldType(field: protobuf.Field): string {
  const { resolvedType, type } = field;
  const single = resolvedType === null ? scalarType(type) : reference(resolvedType);
  if (field instanceof protobuf.MapField) return `Readonly<Record<string, ${single}>>`;
  if (field.repeated) return `readonly ${single}[]`;
  // A message that is not set is null; a member of a oneof that is not set is left out.
  return resolvedType instanceof protobuf.Type && field.partOf === null ? `${single} | null` : single;
}

function scalarType(type: string): string {
  if (INT64_TYPES.has(type)) return 'Int64';
  if (type === 'bytes') return 'Uint8Array';
  if (type === 'bool') return 'boolean';
  return type === 'string' ? 'string' : 'number';
}

function reference(type: protobuf.ReflectionObject): string {
  return type instanceof protobuf.Type && hasInt64(type) ? `${nameOf(type)}<Int64>` : nameOf(type);
}

/** True if the message holds a 64-bit integer, itself or in a message that it holds. */
function hasInt64(type: protobuf.Type, within: readonly protobuf.Type[] = []): boolean {
  if (within.includes(type)) return false;
  return type.fieldsArray.some(
    (field) =>
      INT64_TYPES.has(field.type) ||
      (field.resolvedType instanceof protobuf.Type && hasInt64(field.resolvedType, [...within, type])),
  );
}

/** Module with the field numbers of the messages and the paths of the methods. */
function fieldsModule(declarations: readonly protobuf.ReflectionObject[]): string {
  const messages = declarations.flatMap((type) =>
    type instanceof protobuf.Type && type.fieldsArray.length > 0
      ? `  ${nameOf(type)}: { ${type.fieldsArray.map(({ name, id }) => `${name}: ${id}`).join(', ')} },`
      : [],
  );
  const enums = declarations.flatMap((each) =>
    each instanceof protobuf.Enum
      ? `  ${nameOf(each)}: { ${Object.entries(each.values)
          .map(([name, value]) => `${name}: ${value}`)
          .join(', ')} },`
      : [],
  );
  const methods = declarations.flatMap((service) =>
    service instanceof protobuf.Service ? service.methodsArray.map(methodEntry) : [],
  );
  return `
/** Field numbers by message. */
export const FIELD_NUMBER = {
${messages.join('\n')}
} as const;

/** Numbers of the values by enum. */
export const ENUM_NUMBER = {
${enums.join('\n')}
} as const;

/** HTTP/2 path, and full names of request and response, by method. */
export const METHOD = {
${methods.join('\n')}
} as const;
`;
}

function methodEntry({ name, parent, resolvedRequestType, resolvedResponseType }: protobuf.Method): string {
  if (parent === null || resolvedRequestType === null || resolvedResponseType === null)
    throw new TypeError(`method ${name} has no resolved request or response`);
  const path = `/${fullNameOf(parent)}/${name}`;
  const [request, response] = [fullNameOf(resolvedRequestType), fullNameOf(resolvedResponseType)];
  return `  ${name}: { path: '${path}', request: '${request}', response: '${response}' },`;
}

function docComment(text: string | null | undefined, indent: string): string {
  // Types that protobufjs ships have no comments.
  if (text === null || text === undefined) return '';
  const lines = text.split('\n');
  if (lines.length === 1) return `${indent}/** ${text} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

function fullNameOf({ fullName }: protobuf.ReflectionObject): string {
  return fullName.slice(1);
}

/** Name in TypeScript: of a nested declaration with the name of the message that it lies in. */
function nameOf({ name, parent }: protobuf.ReflectionObject): string {
  return parent instanceof protobuf.Type ? `${nameOf(parent)}_${name}` : name;
}
