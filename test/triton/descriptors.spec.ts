import { join } from 'node:path';
import protobuf from 'protobufjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../support/gateway/test-gateway.js';
import { PREPARE_MS } from '../support/triton/triton-server.js';
import { prepareTritonclient, type TritonclientPython } from '../support/triton/tritonclient-python.js';

/** A field as it is compared. */
interface FieldShape {
  readonly number: number;
  readonly type: string;
  readonly label: 'single' | 'repeated' | 'map';
  /** Type of the keys of a map. */
  readonly key: string | null;
  readonly oneof: string | null;
}

/** The protocol as it is compared, by full names. */
interface Protocol {
  readonly messages: Record<string, Record<string, FieldShape>>;
  readonly enums: Record<string, Record<string, number>>;
  readonly methods: Record<string, object>;
}

const PACKAGE = 'inference';
const SERVICE = `${PACKAGE}.GRPCInferenceService`;
const METHODS = 20;

describe('proto/inference', () => {
  let python: TritonclientPython;
  let theirs: Protocol;
  const ours = ownProtocol();

  beforeAll(async () => {
    python = await prepareTritonclient();
    if (python.isOptionalAndMissing) return;
    const { status, stdout, stderr } = await python.run('descriptors.py', []);
    if (status !== 0) throw new Error(python.reason + stderr);
    theirs = JSON.parse(stdout) as Protocol;
  }, PREPARE_MS);
  beforeEach((context) => {
    if (python.isOptionalAndMissing) context.skip(python.reason);
  });

  it("has NVIDIA's messages, and no others", () => {
    expect(Object.keys(ours.messages).toSorted()).toEqual(Object.keys(theirs.messages).toSorted());
    expect(Object.keys(ours.messages).length).toBeGreaterThan(80);
  });

  it.each(Object.keys(ours.messages))("%s has NVIDIA's fields", (name) => {
    expect(ours.messages[name]).toEqual(theirs.messages[name]);
  });

  it("has NVIDIA's enums, with their values", () => {
    expect(ours.enums).toEqual(theirs.enums);
    expect(Object.keys(ours.enums)).toContain('inference.DataType');
  });

  it("has NVIDIA's 20 methods, with their streams", () => {
    expect(ours.methods).toEqual(theirs.methods);
    expect(Object.keys(ours.methods)).toHaveLength(METHODS);
  });
});

function ownProtocol(): Protocol {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(ROOT, 'proto', target);
  root.loadSync('inference/grpc_service.proto', { keepCase: true }).resolveAll();
  const messages: Protocol['messages'] = {};
  const enums: Protocol['enums'] = {};
  const visit = (namespace: protobuf.NamespaceBase): void => {
    for (const nested of namespace.nestedArray) {
      if (nested instanceof protobuf.Enum) enums[nameOf(nested)] = { ...nested.values };
      if (nested instanceof protobuf.Type) messages[nameOf(nested)] = fieldsOf(nested);
      if (nested instanceof protobuf.Namespace) visit(nested);
    }
  };
  visit(root.lookup(PACKAGE) as protobuf.Namespace);
  const methods = Object.fromEntries(
    root.lookupService(SERVICE).methodsArray.map((method) => [
      method.name,
      {
        request: nameOf(method.resolvedRequestType!),
        response: nameOf(method.resolvedResponseType!),
        requestStream: method.requestStream === true,
        responseStream: method.responseStream === true,
      },
    ]),
  );
  return { messages, enums, methods };
}

function fieldsOf(type: protobuf.Type): Record<string, FieldShape> {
  return Object.fromEntries(
    type.fieldsArray.map((field) => {
      const { id: number, resolvedType, partOf } = field;
      const key = field instanceof protobuf.MapField ? field.keyType : null;
      const shape: FieldShape = {
        number,
        type: resolvedType === null ? field.type : nameOf(resolvedType),
        label: key === null ? (field.repeated ? 'repeated' : 'single') : 'map',
        key,
        oneof: partOf?.name ?? null,
      };
      return [field.name, shape];
    }),
  );
}

function nameOf({ fullName }: protobuf.ReflectionObject): string {
  return fullName.slice(1);
}
