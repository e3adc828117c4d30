import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import textformat from 'protobufjs/ext/textformat.js';
import { z } from 'zod';
import { inferenceType } from '@pairstream/triton-client/messages';
import {
  type FakeInputs,
  type FakeModel,
  type FakeModelConfig,
  FakeTritonError,
  type TritonStatus,
} from '@pairstream/triton-testing';

/** Model repositories that the conformance suites are served from: the models here do what those there do. */
export const REPOSITORIES = [
  join(import.meta.dirname, '../triton/models'),
  join(import.meta.dirname, 'models'),
];
/** A model that cannot be loaded. */
export const BROKEN = 'broken';

/** Names of statuses in Triton's Python backend. */
const STATUSES: Readonly<Record<string, TritonStatus>> = {
  UNKNOWN: 'UNKNOWN',
  INTERNAL: 'INTERNAL',
  NOT_FOUND: 'NOT_FOUND',
  INVALID_ARG: 'INVALID_ARGUMENT',
  UNAVAILABLE: 'UNAVAILABLE',
  UNSUPPORTED: 'UNIMPLEMENTED',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  CANCELLED: 'CANCELLED',
};

const RUNS: Readonly<Record<string, FakeModel['run']>> = {
  identity: (inputs) =>
    Object.fromEntries(inputs.names.map((name) => [name.replace(/_in$/, '_out'), inputs.find(name)!])),
  sum: (inputs) => {
    const a = inputs.get('a', 'FP32').data;
    const b = inputs.get('b', 'FP32').data;
    return { sum: a.map((value, i) => value + b[i]!), difference: a.map((value, i) => value - b[i]!) };
  },
  whole: (inputs) => ({ matrix_out: inputs.get('matrix', 'INT32') }),
  squeezed: (inputs) => {
    const { data } = inputs.get('x', 'FP32');
    return { y: { data, shape: [data.length] } };
  },
  slow: delayed,
  priority: delayed,
  versions: (_inputs, { version }) => ({ version: Int32Array.of(Number(version)) }),
  repeat: async function* (inputs) {
    const value = inputs.get('value', 'FP32');
    const [times] = inputs.get('times', 'INT32').data;
    for (let number = 0; number < times!; number += 1) yield { number: Int32Array.of(number), value };
  },
  failing: (inputs) => {
    const [code] = strings(inputs, 'code');
    const [message] = strings(inputs, 'message');
    if (code === '') return { message: inputs.get('message', 'BYTES') };
    const status = STATUSES[code!];
    if (status === undefined) throw new TypeError(`no status ${code}`);
    throw new FakeTritonError(status, message!);
  },
  [BROKEN]: () => ({}),
};

/** The models of the repositories, with their own configurations. */
export function conformanceModels(): FakeModel[] {
  return REPOSITORIES.flatMap((folder) =>
    readdirSync(folder).map((name) => {
      const run = RUNS[name];
      if (run === undefined) throw new Error(`${folder}/${name}: the fake has no such model`);
      const config = readModelConfig(folder, name);
      const load = (): void => {
        throw new Error('broken on purpose');
      };
      return name === BROKEN ? { config, run, load } : { config, run };
    }),
  );
}

async function delayed(inputs: FakeInputs): Promise<{ delay_ms: Int32Array }> {
  const { data } = inputs.get('delay_ms', 'INT32');
  await sleep(data[0]);
  return { delay_ms: data };
}

function strings(inputs: FakeInputs, name: string): string[] {
  return inputs.get(name, 'BYTES').data.map((element) => Buffer.from(element).toString());
}

const tensorsSchema = z.array(
  z.looseObject({ name: z.string(), dataType: z.string(), dims: z.array(z.number()) }),
);
const configSchema = z.looseObject({ input: tensorsSchema, output: tensorsSchema });

/** The configuration of a model of a repository, as its author wrote it. */
export function readModelConfig(repository: string, name: string): FakeModelConfig {
  const type = inferenceType('ModelConfig');
  const text = readFileSync(join(repository, name, 'config.pbtxt'), 'utf8');
  const message = textformat.fromText(type, text);
  const config = configSchema.parse(type.toObject(message, { enums: String, longs: Number }));
  return { ...config, name };
}
