import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelTensors } from './model-tensors.js';

const ROOT = join(import.meta.dirname, '../../..');

describe('readModelTensors', () => {
  it('reads names, types and shapes', async () => {
    expect(await readModelTensors(join(ROOT, 'triton-models/nn1/1/model.onnx'))).toEqual({
      inputs: [
        { name: 'features', datatype: 'FP32', shape: [-1, 5] },
        { name: 'user_index', datatype: 'INT32', shape: [-1, 2] },
        { name: 'tweet_vector', datatype: 'FP32', shape: [-1, 416] },
      ],
      outputs: [{ name: 'output__0', datatype: 'FP32', shape: [-1, 8] }],
    });
  });

  it.each(['README.md', 'absent.onnx'])('refuses %s', async (name) => {
    const path = join(ROOT, name);
    await expect(readModelTensors(path)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: `${path}: not a model that ONNX Runtime can load; the file may be damaged`,
    });
  });
});
