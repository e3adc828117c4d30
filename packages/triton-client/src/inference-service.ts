import protobuf from 'protobufjs/light.js';
import { DESCRIPTOR } from './generated/descriptor.js';

const SERVICE = 'inference.GRPCInferenceService';

/** A method of inference.GRPCInferenceService whose messages are few and small: they are coded by reflection. */
export interface InferenceMethod {
  /** HTTP/2 path. */
  readonly path: string;
  readonly request: protobuf.Type;
  readonly response: protobuf.Type;
}

/** How messages become objects: everything is set, numbers are numbers, enums their names. */
export const OBJECT_OPTIONS = { defaults: true, arrays: true, objects: true, longs: Number, enums: String };

let root: protobuf.Root | undefined;

/** The reflected type of a message of the protocol by its name in package inference; fields are in camelCase. */
export function inferenceType(name: string): protobuf.Type {
  return inferenceRoot().lookupType(`inference.${name}`);
}

/** A method of the inference service by its name; fields are in camelCase. */
export function inferenceMethod(name: string): InferenceMethod {
  const service = inferenceRoot().lookupService(SERVICE);
  const method = service.methodsArray.find((candidate) => candidate.name === name)?.resolve();
  if (!(method instanceof protobuf.Method) || method.resolvedRequestType === null)
    throw new TypeError(`${SERVICE} has no method ${name}`);
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (response === null) throw new TypeError(`${SERVICE}.${name} has no response`);
  return { path: inferencePath(name), request, response };
}

/** HTTP/2 path of a method. */
export function inferencePath(name: string): string {
  return `/${SERVICE}/${name}`;
}

function inferenceRoot(): protobuf.Root {
  if (root === undefined) {
    root = protobuf.Root.fromJSON(DESCRIPTOR);
    root.resolveAll();
  }
  return root;
}
