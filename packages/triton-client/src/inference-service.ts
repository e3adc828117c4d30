import type protobuf from 'protobufjs/light.js';
import { MessageTypes } from '@pairstream/grpc-channel';
import { DESCRIPTOR } from './generated/descriptor.js';
import { METHOD } from './generated/fields.js';
import type { Messages } from './generated/messages.js';

/** Messages of the inference protocol; fields are in camelCase. */
export const INFERENCE_MESSAGES = new MessageTypes<Messages, Messages<string>>(DESCRIPTOR);

/** Name of a method of inference.GRPCInferenceService. */
export type InferenceMethodName = keyof typeof METHOD;

/** Request of a method, decoded. */
export type RequestOf<M extends InferenceMethodName> = Messages[(typeof METHOD)[M]['request']];

/** Response of a method, decoded. */
export type ResponseOf<M extends InferenceMethodName> = Messages[(typeof METHOD)[M]['response']];

/** Names of all methods. */
export const METHOD_NAMES = Object.keys(METHOD).filter(isMethodName);

function isMethodName(name: string): name is InferenceMethodName {
  return Object.hasOwn(METHOD, name);
}

/** Decodes the request of a method. @throws Error for bytes that are not a message @throws EnumValueError */
export function decodeRequest<M extends InferenceMethodName>(name: M, bytes: Uint8Array): RequestOf<M> {
  return INFERENCE_MESSAGES.decode<(typeof METHOD)[M]['request']>(METHOD[name].request, bytes);
}

/** Reflected types of the messages of a method of inference.GRPCInferenceService. */
export interface InferenceMethod {
  /** HTTP/2 path. */
  readonly path: string;
  readonly request: protobuf.Type;
  readonly response: protobuf.Type;
}

/** Conversion of messages to objects: all fields are set, integers are numbers, enums are names. */
export const OBJECT_OPTIONS = { defaults: true, arrays: true, objects: true, longs: Number, enums: String };

/** The reflected type of a message of the protocol by its name in package inference; fields are in camelCase. */
export function inferenceType(name: string): protobuf.Type {
  return INFERENCE_MESSAGES.root.lookupType(`inference.${name}`);
}

/** The reflected types of a method of the inference service; fields are in camelCase. */
export function inferenceMethod(name: InferenceMethodName): InferenceMethod {
  const { path, request, response } = METHOD[name];
  const { root } = INFERENCE_MESSAGES;
  return { path, request: root.lookupType(request), response: root.lookupType(response) };
}

/** HTTP/2 path of a method. */
export function inferencePath(name: InferenceMethodName): string {
  return METHOD[name].path;
}
