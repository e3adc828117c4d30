import type { AnyDefinition, MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import descriptor from 'protobufjs/ext/descriptor.js';

/** The fields of google.protobuf.FileDescriptorProto (descriptor.proto) that refer to other files or types. */
interface FileDescriptor {
  name: string;
  package: string;
  dependency: string[];
  messageType: MessageDescriptor[];
  enumType: { name: string }[];
  service: { method: { inputType: string; outputType: string }[] }[];
}

interface MessageDescriptor {
  name: string;
  field: { name: string; typeName?: string; oneofIndex?: number; proto3Optional?: boolean }[];
  oneofDecl: { name: string }[];
  nestedType: MessageDescriptor[];
  enumType: { name: string }[];
  options: { mapEntry?: boolean } | null;
}

/**
 * Completes the file descriptors of loaded .proto files. proto-loader leaves out the dependencies between files and the optional
 * fields, and writes relative type names. Reflection clients that link descriptors, for instance grpcurl, refuse such descriptors.
 * @returns a package definition that holds the completed descriptors, for the reflection service
 */
export function completeDescriptors(definition: PackageDefinition): PackageDefinition {
  const files = new Map<string, FileDescriptor>();
  for (const { fileDescriptorProtos } of Object.values(definition)) {
    for (const bytes of Array.isArray(fileDescriptorProtos) ? fileDescriptorProtos : []) {
      const file: unknown = descriptor.FileDescriptorProto.decode(bytes);
      if (isFileDescriptor(file)) files.set(file.name, file);
    }
  }
  for (const file of files.values()) file.messageType.forEach(nameMapEntries);
  for (const file of files.values()) file.messageType.forEach(markOptionalFields);
  const fileOfType = new Map(
    [...files.values()].flatMap((file) => typeNames(file).map((name) => [name, file.name])),
  );
  for (const file of files.values()) completeFile(file, fileOfType);
  const fileDescriptorProtos = [...files.values()].map((file) =>
    Buffer.from(descriptor.FileDescriptorProto.encode(file).finish()),
  );
  return Object.fromEntries(
    Object.entries(definition).map(([name, entry]) => [
      name,
      isTypeDefinition(entry) ? { ...entry, fileDescriptorProtos } : entry,
    ]),
  );
}

function isFileDescriptor(file: unknown): file is FileDescriptor {
  return typeof file === 'object' && file !== null && 'messageType' in file && 'service' in file;
}

function isTypeDefinition(entry: AnyDefinition): entry is MessageTypeDefinition<object, object> {
  return 'format' in entry && typeof entry.format === 'string';
}

/** The entry message of a map field is named after the field: `status_codes` has `StatusCodesEntry`. */
function nameMapEntries(message: MessageDescriptor): void {
  for (const field of message.field) {
    const entry = message.nestedType.find(
      ({ name, options }) => options?.mapEntry === true && field.typeName?.split('.').at(-1) === name,
    );
    if (entry === undefined) continue;
    const words = field.name.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    entry.name = `${words.join('')}Entry`;
    field.typeName = entry.name;
  }
  message.nestedType.forEach(nameMapEntries);
}

/** An optional field of proto3 is alone in a oneof that is named after it. */
function markOptionalFields({ field, oneofDecl, nestedType }: MessageDescriptor): void {
  for (const each of field) {
    // Without an index, a field would count as a member of the first oneof.
    const oneof = Object.hasOwn(each, 'oneofIndex') ? oneofDecl[each.oneofIndex ?? 0] : undefined;
    if (oneof?.name === `_${each.name}`) each.proto3Optional = true;
  }
  nestedType.forEach(markOptionalFields);
}

function typeNames(file: FileDescriptor): string[] {
  const namesIn = (scope: string, messages: readonly MessageDescriptor[]): string[] =>
    messages.flatMap(({ name, nestedType, enumType }) => {
      const fullName = `${scope}.${name}`;
      return [
        fullName,
        ...enumType.map((each) => `${fullName}.${each.name}`),
        ...namesIn(fullName, nestedType),
      ];
    });
  return [
    ...file.enumType.map(({ name }) => `${file.package}.${name}`),
    ...namesIn(file.package, file.messageType),
  ];
}

function completeFile(file: FileDescriptor, fileOfType: ReadonlyMap<string, string>): void {
  const dependencies = new Set<string>();
  const resolve = (reference: string, scope: string): string => {
    const name = reference.replace(/^\./, '');
    for (let outer = scope; ; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const fullName = outer === '' ? name : `${outer}.${name}`;
      const owner = fileOfType.get(fullName);
      if (owner !== undefined && owner !== file.name) dependencies.add(owner);
      if (owner !== undefined) return `.${fullName}`;
      if (outer === '') return reference;
    }
  };
  const completeMessages = (scope: string, messages: readonly MessageDescriptor[]): void => {
    for (const { name, field, nestedType } of messages) {
      for (const each of field) if (each.typeName) each.typeName = resolve(each.typeName, `${scope}.${name}`);
      completeMessages(`${scope}.${name}`, nestedType);
    }
  };
  completeMessages(file.package, file.messageType);
  for (const method of file.service.flatMap((service) => service.method)) {
    method.inputType = resolve(method.inputType, file.package);
    method.outputType = resolve(method.outputType, file.package);
  }
  file.dependency = [...dependencies];
}
