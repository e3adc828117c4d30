import { join } from 'node:path';
import { EmbeddedBackend } from '../../../src/backends/embedded/embedded-backend.js';
import { createInputMatrix, type Matrix } from '../../../src/backends/backend.js';
import type { FakeModel } from '@pairstream/triton-testing';
import { readModelConfig } from '../../conformance/fake-models.js';
import { TWO_MODEL_FOLDERS } from '../pipelines/cut-pipeline.js';
import { ROOT } from '../gateway/test-gateway.js';

const REPOSITORY = join(ROOT, 'triton-models');
const VERSION = '1';

/** The shipped models for a fake Triton: their own configurations, answers by the embedded backend. */
export interface ShippedFakeModels extends AsyncDisposable {
  readonly models: readonly FakeModel[];
}

/** Those of TWO_MODELS. */
export async function shippedFakeModels(): Promise<ShippedFakeModels> {
  const backend = new EmbeddedBackend({ onnxThreadCount: 1 });
  const models = await Promise.all(TWO_MODEL_FOLDERS.map((name) => fakeModel(backend, name)));
  return { models, [Symbol.asyncDispose]: () => backend.close() };
}

async function fakeModel(backend: EmbeddedBackend, name: string): Promise<FakeModel> {
  const directory = join(REPOSITORY, name);
  const model = await backend.load({ name, version: VERSION, directory }, () => Promise.resolve());
  const config = readModelConfig(REPOSITORY, name);
  return {
    config,
    run: async (inputs, { rowCount }) => {
      const matrices = config.input.map(({ name: tensor, dataType, dims }) => {
        const matrix = createInputMatrix(dataType === 'TYPE_INT32' ? 'INT32' : 'FP32', rowCount, dims[0]!);
        matrix.data.set(inputs.find(tensor)!.data as ArrayLike<number>);
        return [tensor, matrix] as const;
      });
      const outputs = config.output.map(({ name: tensor, dims }): [string, Matrix] => [
        tensor,
        { data: new Float32Array(rowCount * dims[0]!), width: dims[0]! },
      ]);
      await model.infer(rowCount, new Map(matrices), new Map(outputs), {
        deadlineMs: Infinity,
        signal: new AbortController().signal,
      });
      return Object.fromEntries(outputs.map(([tensor, { data }]) => [tensor, data]));
    },
  };
}
