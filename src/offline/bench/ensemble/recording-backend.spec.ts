import { describe, expect, it } from 'vitest';
import type { Backend, ModelHandle } from '../../../backends/backend.js';
import { RecordingBackend } from './recording-backend.js';

/** Answers each row with the sum of its values. */
const sums: Backend = {
  name: 'sums',
  load: ({ name, version }) =>
    Promise.resolve<ModelHandle>({
      metadata: { name, version, inputs: [], outputs: [], contentSha256: '', engine: 'test' },
      infer: (rowCount, inputs, outputs) => {
        const { data, width } = inputs.get('x')!;
        for (let i = 0; i < rowCount * width; i += 1)
          outputs.get('y')!.data[Math.floor(i / width)]! += data[i]!;
        return Promise.resolve();
      },
    }),
  close: () => Promise.resolve(),
};

describe('RecordingBackend', () => {
  it('keeps the rows of every call as they were, while the model answers', async () => {
    const recording = new RecordingBackend(sums);
    const model = await recording.load({ name: 'a', version: '1', directory: '' }, () => Promise.resolve());
    await recording.load({ name: 'unused', version: '1', directory: '' }, () => Promise.resolve());
    const x = { data: Float32Array.of(1, 2, 3, 4, 5, 6), width: 2 };
    const y = { data: new Float32Array(3), width: 1 };
    const context = { deadlineMs: Infinity, signal: new AbortController().signal };
    await model.infer(2, new Map([['x', x]]), new Map([['y', y]]), context);
    expect([...y.data]).toEqual([3, 7, 0]);
    x.data.fill(9);
    await model.infer(3, new Map([['x', x]]), new Map([['y', y]]), context);
    const [first, second] = recording.calls.get('a')!;
    expect(first).toEqual({
      rowCount: 2,
      inputs: new Map([['x', { data: Float32Array.of(1, 2, 3, 4), width: 2 }]]),
      outputs: new Map([['y', { data: new Float32Array(2), width: 1 }]]),
    });
    expect(second?.inputs.get('x')?.data).toEqual(new Float32Array(6).fill(9));
    expect(recording.calls.get('unused')).toEqual([]);
  });
});
