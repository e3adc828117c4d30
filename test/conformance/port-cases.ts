import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { PairstreamError } from '../../src/errors/pairstream-error.js';
import type { Backend, InferenceContext, InputMatrix, ModelHandle } from '../../src/backends/backend.js';
import { PORT_MODELS } from './backend-kinds.js';
import { eventually } from './protocol-case.js';
import {
  farthest,
  type Golden,
  goldenInputs,
  outputMatrices,
  readGolden,
  REPOSITORY,
} from './golden-tensors.js';

/** What is done to a backend through the port, and what comes of it. */
export interface PortCase {
  readonly name: string;
  readonly act: (backend: Backend) => Promise<unknown>;
  readonly expected: unknown;
}

/** Rows beyond those of a call, which must stay as they are. */
const ROOM = 3;
const UNTOUCHED = -9;
/** Calls that run at once. */
const CALLS = 8;

function load(backend: Backend, name: string): Promise<ModelHandle> {
  const location = { name, version: '1', directory: join(REPOSITORY, name) };
  return backend.load(location, () => Promise.resolve());
}

interface Run {
  readonly rows: readonly number[];
  readonly inputs?: Map<string, InputMatrix>;
  readonly context?: Partial<InferenceContext>;
}

/** Runs golden rows. @returns how far the answers are off, and whether the other rows are as they were */
async function run(
  model: ModelHandle,
  golden: Golden,
  { rows, inputs, context }: Run,
): Promise<{ isClose: boolean; isRestUntouched: boolean }> {
  const capacity = rows.length + ROOM;
  const outputs = outputMatrices(golden, capacity, UNTOUCHED);
  const own = inputs ?? goldenInputs(golden, rows, capacity);
  await model.infer(rows.length, own, outputs, {
    deadlineMs: Infinity,
    signal: new AbortController().signal,
    ...context,
  });
  return {
    isClose: farthest(golden, rows, outputs) <= golden.tolerance,
    isRestUntouched: [...outputs.values()].every(({ data, width }) =>
      data.subarray(rows.length * width).every((value) => value === UNTOUCHED),
    ),
  };
}

const GOOD = { isClose: true, isRestUntouched: true };

async function codeOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof PairstreamError) return error.code;
    throw error;
  }
}

function failing(name: string, attempt: (backend: Backend) => Promise<unknown>, expected: unknown): PortCase {
  return { name, act: (backend) => codeOf(attempt(backend)), expected };
}

async function runWith(backend: Backend, context: Partial<InferenceContext>): Promise<unknown> {
  const model = await load(backend, 'xgb1');
  return run(model, readGolden('xgb1'), { rows: [0], context });
}

function runWrong(model: ModelHandle): Promise<unknown> {
  const inputs = new Map([['input__0', { data: new Float32Array(69), width: 69 }]]);
  return run(model, readGolden('xgb1'), { rows: [0], inputs });
}

/** Everything an adapter of the inference port must do. */
export const PORT_CASES: readonly PortCase[] = [
  {
    name: 'tells name, version, tensors, contents and engine of a model',
    act: async (backend) => (await load(backend, 'nn1_tweet')).metadata,
    expected: expect.objectContaining({
      name: 'nn1_tweet',
      version: '1',
      inputs: expect.arrayContaining([
        { name: 'tokens', datatype: 'INT32', shape: [-1, 48] },
        { name: 'features', datatype: 'FP32', shape: [-1, 26] },
      ]),
      outputs: [{ name: 'tweet_vector', datatype: 'FP32', shape: [-1, 416] }],
      contentSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      engine: expect.stringMatching(/^(onnxruntime|forest|triton)$/),
    }),
  },
  ...PORT_MODELS.map((name) => ({
    name: `${name} answers its golden rows`,
    act: async (backend: Backend) => {
      const golden = readGolden(name);
      const rows = Object.values(golden.outputs)[0]!.map((_, i) => i);
      return run(await load(backend, name), golden, { rows });
    },
    expected: GOOD,
  })),
  {
    name: 'one row, and the same row many times',
    act: async (backend) => {
      const golden = readGolden('xgb1');
      const model = await load(backend, 'xgb1');
      const many = Array.from({ length: 500 }, () => 7);
      return [await run(model, golden, { rows: [5] }), await run(model, golden, { rows: many })];
    },
    expected: [GOOD, GOOD],
  },
  {
    name: 'calls at once do not mix',
    act: async (backend) => {
      const golden = readGolden('xgb1');
      const model = await load(backend, 'xgb1');
      const calls = Array.from({ length: CALLS }, (_, i) =>
        run(model, golden, { rows: Array.from({ length: i + 1 }, (_unused, k) => (i * 7 + k) % 64) }),
      );
      return Promise.all(calls);
    },
    expected: Array.from({ length: CALLS }, () => GOOD),
  },
  {
    name: 'a deadline that is far off',
    act: (backend) => runWith(backend, { deadlineMs: performance.now() + 30_000 }),
    expected: GOOD,
  },
  failing(
    'a deadline that is over',
    (backend) => runWith(backend, { deadlineMs: performance.now() - 1 }),
    'DEADLINE_EXCEEDED',
  ),
  failing('a cancel', (backend) => runWith(backend, { signal: AbortSignal.abort() }), 'CANCELLED'),
  failing(
    'an input of another width fails, with no deadline to end it',
    async (backend) => runWrong(await load(backend, 'xgb1')),
    expect.stringMatching(/^BACKEND_\w+$/),
  ),
  {
    name: 'answers again after a request that was wrong',
    act: async (backend) => {
      const model = await load(backend, 'xgb1');
      await codeOf(runWrong(model));
      return eventually(async () => {
        // A replica that was taken out is looked at anew.
        const outcome = await codeOf(run(model, readGolden('xgb1'), { rows: [0] }));
        return typeof outcome === 'string' ? undefined : outcome;
      });
    },
    expected: GOOD,
  },
  {
    name: 'a load asks the check, and fails with what it throws',
    act: async (backend) => {
      const location = { name: 'xgb1', version: '1', directory: join(REPOSITORY, 'xgb1') };
      const seen: string[] = [];
      const outcome = await codeOf(
        backend.load(location, ({ metadata }) => {
          seen.push(metadata.name);
          return Promise.reject(new PairstreamError('INVALID_MODEL', 'not this one'));
        }),
      );
      return [seen, outcome];
    },
    expected: [['xgb1'], 'INVALID_MODEL'],
  },
  failing(
    'a model that is not there',
    async (backend) => {
      const directory = mkdtempSync(join(tmpdir(), 'port-'));
      try {
        return await backend.load({ name: 'nothing', version: '1', directory }, () => Promise.resolve());
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    'INVALID_MODEL',
  ),
];
