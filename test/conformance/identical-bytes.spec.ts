import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inferenceType, OBJECT_OPTIONS } from '@pairstream/triton-client/messages';
import { toRawContents } from '@pairstream/triton-client/messages';
import {
  type InferInput,
  type InferRequest,
  type SharedMemorySlice,
  type TensorData,
  TritonClient,
} from '@pairstream/triton-client';
import { FakeTriton } from '@pairstream/triton-testing';
import { SharedMemoryFile } from '../support/triton/shared-memory-file.js';
import { PREPARE_MS } from '../support/triton/triton-server.js';
import { prepareTritonclient, type TritonclientPython } from '../support/triton/tritonclient-python.js';
import { SERVER_KINDS, type StartedServer } from './conformance-server.js';
import { conformanceModels } from './fake-models.js';
import { outputsOf } from './protocol-case.js';
import { ELEMENTS } from './tensor-elements.js';

const REGION = { region: 'identical', byteLength: 24 };
const STRINGS = ['', 'a\0b', 'x'.repeat(70_000), Uint8Array.of(0, 255, 254), 'z\u00fcrich', '\ud83d\ude00'];

/** A request of each datatype, one of several tensors with all that a request may have, and one over shared memory. */
const REQUESTS: readonly InferRequest[] = [
  ...Object.entries({ ...ELEMENTS, BYTES: STRINGS }).map(([datatype, data]) =>
    request([input(datatype, data)]),
  ),
  request([input('FP32', ELEMENTS.FP32), input('INT64', ELEMENTS.INT64), input('BYTES', STRINGS)], {
    modelVersion: '1',
    id: 'seven \u00e9',
    parameters: { timeout: 5_000_000, custom: 'text', flag: true, number: 7 },
    outputs: [{ name: 'bytes_out' }, { name: 'fp32_out' }],
  }),
  request([{ ...input('FP32', ELEMENTS.FP32), data: { ...REGION, byteOffset: 0 } }], {
    outputs: [{ name: 'fp32_out', sharedMemory: { ...REGION, byteOffset: 64 } }],
  }),
];

describe('our client and tritonclient', () => {
  const folder = mkdtempSync(join(tmpdir(), 'identical-'));
  const requestsPath = join(folder, 'requests.json');
  let python: TritonclientPython;

  beforeAll(async () => {
    python = await prepareTritonclient();
    writeFileSync(requestsPath, JSON.stringify(REQUESTS.map(toJson)));
  }, PREPARE_MS);
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach((context) => {
    if (python.isOptionalAndMissing) context.skip(python.reason);
  });

  /** What tritonclient gets for all requests. */
  async function theirAnswers(target: string): Promise<unknown> {
    const { status, stdout, stderr } = await python.run('send_requests.py', [target, requestsPath]);
    if (status !== 0) throw new Error(python.reason + stderr);
    return JSON.parse(stdout);
  }

  it.for(SERVER_KINDS)('get the same bytes of $name', { timeout: PREPARE_MS }, async ({ start }, context) => {
    const started = await start('explicit', ['identity']);
    if (typeof started === 'string') context.skip(started);
    await using server = started as StartedServer;
    using memory = await registerRegion(server.client);
    const [theirs, theirMemory] = [await theirAnswers(server.target), memory.read(64, 24)];
    memory.write(new Uint8Array(24), 64);
    expect(await ourAnswers(server.client)).toEqual(theirs);
    expect(memory.read(64, 24)).toBe(theirMemory);
    expect(memory.read(64, 24)).toBe(memory.read(0, 24));
    expect(theirs).toHaveLength(REQUESTS.length);
    await server.client.systemSharedMemory.unregister();
  });

  it('send the same messages', { timeout: PREPARE_MS }, async () => {
    const messages: object[] = [];
    const type = inferenceType('ModelInferRequest');
    await using fake = await FakeTriton.start({
      models: conformanceModels().filter(({ config }) => config.name === 'identity'),
      onMessage: ({ method, bytes }) => {
        if (method === 'ModelInfer')
          messages.push(
            type.toObject(type.decode(bytes), { ...OBJECT_OPTIONS, longs: String, bytes: String }),
          );
      },
    });
    using client = new TritonClient({ target: fake.target });
    using memory = await registerRegion(client);
    await theirAnswers(fake.target);
    await ourAnswers(client);
    expect(memory.read(64, 24)).toBe(memory.read(0, 24));
    const ours = messages.splice(REQUESTS.length);
    expect(ours).toHaveLength(REQUESTS.length);
    expect(ours).toEqual(messages);
  });
});

async function ourAnswers(client: TritonClient): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const one of REQUESTS) answers.push(outputsOf(await client.inferRaw(one)));
  return answers;
}

async function registerRegion(client: TritonClient): Promise<SharedMemoryFile> {
  const file = new SharedMemoryFile(256);
  file.write(rawOf('FP32', ELEMENTS.FP32));
  await client.systemSharedMemory.register({ name: REGION.region, key: file.key, byteLength: 256 });
  return file;
}

function input(datatype: string, data: TensorData): InferInput {
  const name = `${datatype.toLowerCase()}_in`;
  return { name, datatype: datatype as InferInput['datatype'], shape: [2, 3], data };
}

function request(inputs: InferInput[], more: Partial<InferRequest> = {}): InferRequest {
  return { modelName: 'identity', inputs, ...more };
}

function rawOf(datatype: InferInput['datatype'], data: TensorData): Uint8Array {
  return toRawContents('', datatype, data);
}

/** A request as send_requests.py reads it. */
function toJson({ modelName, modelVersion, id, parameters, inputs, outputs }: InferRequest): object {
  return {
    model: modelName,
    version: modelVersion ?? '',
    id: id ?? '',
    parameters: parameters ?? {},
    inputs: inputs.map(({ name, datatype, shape, data }) => ({
      name,
      datatype,
      shape,
      ...dataOf(datatype, data),
    })),
    outputs: (outputs ?? []).map(({ name, sharedMemory }) => ({ name, ...sharedMemory })),
  };
}

function dataOf(datatype: InferInput['datatype'], data: TensorData | SharedMemorySlice): object {
  if ('region' in data) return data;
  if (datatype !== 'BYTES') return { hex: Buffer.from(rawOf(datatype, data)).toString('hex') };
  const elements = data as readonly (string | Uint8Array)[];
  return { elements: elements.map((element) => Buffer.from(element as string).toString('hex')) };
}
