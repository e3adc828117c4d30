import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxBackend } from '../../../src/backends/onnx/onnx-backend.js';
import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import {
  createInputMatrix,
  type InputMatrix,
  type Matrix,
  type ModelHandle,
} from '../../../src/backends/backend.js';
import { ROOT } from '../../support/gateway/test-gateway.js';

const ROWS = 3;
const location = { name: 'nn1', version: '1', directory: join(ROOT, 'triton-models/nn1') };
const backend = new OnnxBackend({ threadCount: 1 });
const accept = (): Promise<void> => Promise.resolve();
let model: ModelHandle;
beforeAll(async () => {
  model = await backend.load(location, accept);
});
afterAll(() => backend.close());

function matrix(width: number, value = 0): Matrix {
  return { data: new Float32Array((ROWS + 2) * width).fill(value), width };
}

function infer(options: {
  deadlineMs?: number;
  signal?: AbortSignal;
  output?: Matrix;
  input?: Matrix;
  name?: string;
}) {
  const {
    deadlineMs = Infinity,
    signal = new AbortController().signal,
    input = matrix(5),
    output = matrix(8),
  } = options;
  const outputs = new Map([[options.name ?? 'output__0', output]]);
  const inputs = new Map<string, InputMatrix>([
    ['features', input],
    ['user_index', createInputMatrix('INT32', ROWS + 2, 2)],
    ['tweet_vector', matrix(416)],
  ]);
  return model.infer(ROWS, inputs, outputs, { deadlineMs, signal });
}

describe('OnnxBackend', () => {
  it('says what a model takes and gives, and what runs it', () => {
    expect(model.metadata.inputs).toHaveLength(3);
    expect(model.metadata).toMatchObject({
      engine: 'onnxruntime',
      loadMs: expect.any(Number),
      inputs: expect.arrayContaining([
        { name: 'features', datatype: 'FP32', shape: [-1, 5] },
        { name: 'user_index', datatype: 'INT32', shape: [-1, 2] },
      ]),
      outputs: [{ name: 'output__0', datatype: 'FP32', shape: [-1, 8] }],
    });
    expect(model.metadata.memoryBytes).toBeUndefined();
  });

  it('fills the rows asked for and leaves the others alone', async () => {
    const output = matrix(8, -9);
    await infer({ output });
    expect([...output.data.subarray(0, ROWS * 8)].every((value) => value > 0 && value < 1)).toBe(true);
    expect([...output.data.subarray(ROWS * 8)].every((value) => value === -9)).toBe(true);
  });

  it('hears a cancel and a deadline before it runs', async () => {
    await expect(infer({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(infer({ deadlineMs: performance.now() - 1 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it('tells what the engine says of wrong shapes and names', async () => {
    await expect(infer({ input: matrix(4) })).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
    await expect(infer({ name: 'other' })).rejects.toMatchObject({
      code: 'BACKEND_FAILED',
      message: expect.stringContaining('model nn1 1: '),
    });
    await expect(infer({ output: matrix(4) })).rejects.toThrow(
      'output output__0: 24 values, expected 12 of FP32',
    );
  });

  it('refuses a model that its check refuses', async () => {
    const refuse = (candidate: ModelHandle): Promise<void> =>
      Promise.reject(new PairstreamError('INVALID_MODEL', `not this ${candidate.metadata.name}`));
    await expect(backend.load(location, refuse)).rejects.toThrow('not this nn1');
  });

  it('refuses what is no model', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onnx-'));
    await expect(backend.load({ ...location, directory: folder }, accept)).rejects.toThrow(
      /model.onnx: cannot be read/,
    );
    mkdirSync(join(folder, '1'));
    writeFileSync(join(folder, '1/model.onnx'), 'no model');
    await expect(backend.load({ ...location, directory: folder }, accept)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
    });
    rmSync(folder, { recursive: true });
  });
});
