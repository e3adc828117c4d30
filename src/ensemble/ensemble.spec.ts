import { describe, expect, it } from 'vitest';
import type { InputMatrix, Matrix, ModelHandle } from '../backends/backend.js';
import type { Member } from './batch-slot.js';
import { Ensemble } from './ensemble.js';
import type { MemberWeights, Rung } from './ladder.js';
import type { Tower } from './model-input.js';

const CONTEXT = { deadlineMs: Infinity, signal: new AbortController().signal };

/** A ladder of one rung, which can miss nothing. */
function whole(weights: Record<string, MemberWeights>): Rung[] {
  return [{ name: 'full', weights: new Map(Object.entries(weights)), mayMiss: 0, rce: null }];
}

/** A model whose output is a function of its input row. */
function member(
  name: string,
  bagCount: number,
  members: string[],
  answer: (row: number[]) => number[],
): Member {
  const infer = (
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
  ) => {
    const input = inputs.get('in')!;
    const output = outputs.get('out')!;
    for (let row = 0; row < rowCount; row += 1) {
      const values = [...input.data.subarray(row * input.width, (row + 1) * input.width)];
      output.data.set(answer(values), row * output.width);
    }
    return Promise.resolve();
  };
  const metadata = { name, version: '1', inputs: [], outputs: [], contentSha256: '', engine: 'test' };
  const model: ModelHandle = { metadata, infer };
  return {
    name,
    model,
    inputs: [{ tensor: 'in', datatype: 'FP32', ownWidth: 1, members }],
    output: { tensor: 'out', width: bagCount * 4 },
  };
}

describe('Ensemble', () => {
  it('averages bags, feeds stage 2 and blends by weight', async () => {
    const a = member('a', 3, [], ([x]) => [x!, 0, 0, 0, 2 * x!, 0, 0.3, 0, 3 * x!, 0, 0.6, 0.9]);
    const b = member('b', 1, [], () => [0.5, 0.5, 0.5, 0.5]);
    // Reads b, then a: its columns come after its feature, in that order.
    const c = member('c', 1, ['b', 'a'], (row) => [row[1]!, row[5]!, row[7]!, row[8]!]);
    const ensemble = new Ensemble({
      towers: [],
      stages: [[a, b], [c]],
      rungs: whole({ c: [0.75, 0.75, 0.75, 0.75], b: [0.25, 0.25, 0.25, 0.25] }),
    });
    const slot = ensemble.createSlot(4);
    slot.inputs.get('a')!.get('in')!.data.set([0.1, 0.2]);
    await ensemble.run(slot, 2, CONTEXT);
    const expected = [0.5, 0.2, 0.3, 0.3, 0.5, 0.4, 0.3, 0.3].map((value) => 0.75 * value + 0.125);
    [...slot.probabilities.subarray(0, 8)].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });

  it('a model that fails is told only when the others of its stage let go of the slot', async () => {
    const slow = member('slow', 1, [], () => [0.1, 0.1, 0.1, 0.1]);
    let finishSlow: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      finishSlow = resolve;
    });
    const infer = slow.model.infer.bind(slow.model);
    const gated: Member = {
      ...slow,
      model: { ...slow.model, infer: (...args) => gate.then(() => infer(...args)) },
    };
    const broken = member('broken', 1, [], () => {
      throw new Error('broken');
    });
    const ensemble = new Ensemble({
      towers: [],
      stages: [[broken, gated]],
      rungs: whole({ slow: [1, 1, 1, 1] }),
    });
    let isSettled = false;
    const run = ensemble.run(ensemble.createSlot(1), 1, CONTEXT).finally(() => {
      isSettled = true;
    });
    run.catch(() => undefined);
    await new Promise(setImmediate);
    expect(isSettled).toBe(false);
    finishSlow();
    await expect(run).rejects.toThrow('broken');
  });

  it('keeps a NaN a NaN, so that the row is not answered with a wrong number', async () => {
    const a = member('a', 2, [], () => [0.1, 0.1, 0.1, 0.1, 0.1, Number.NaN, 0.1, 0.1]);
    const ensemble = new Ensemble({ towers: [], stages: [[a]], rungs: whole({ a: [1, 1, 1, 1] }) });
    const slot = ensemble.createSlot(1);
    await ensemble.run(slot, 1, CONTEXT);
    expect(slot.probabilities[0]).toBeCloseTo(0.1);
    expect(slot.probabilities[1]).toBeNaN();
  });

  it('gives every row the vector of its tweet, computed once, while other models run', async () => {
    const order: string[] = [];
    const tower: Tower = {
      name: 'tower',
      model: {
        metadata: { name: 'tower', version: '1', inputs: [], outputs: [], contentSha256: '', engine: 'test' },
        infer: async (rowCount, inputs, outputs) => {
          order.push(`tower of ${rowCount}`);
          await Promise.resolve();
          const { data } = inputs.get('tokens')!;
          for (let row = 0; row < rowCount; row += 1)
            outputs.get('vector')!.data.set([data[row]! / 10, data[row]! / 100], 2 * row);
        },
      },
      inputs: [{ tensor: 'tokens', datatype: 'INT32', ownWidth: 1, members: [] }],
      output: { tensor: 'vector', width: 2 },
    };
    const forest = member('forest', 1, [], ([x]) => {
      order.push('forest');
      return [x!, x!, x!, x!];
    });
    const plain = member('head', 1, [], ([x, y]) => {
      order.push('head');
      return [x!, y!, 0, 0];
    });
    const head: Member = {
      ...plain,
      inputs: [{ tensor: 'in', datatype: 'FP32', ownWidth: 2, members: [], tower: 'tower' }],
    };
    const ensemble = new Ensemble({
      towers: [tower],
      stages: [[forest, head]],
      rungs: whole({ head: [1, 1, 1, 1] }),
    });
    const slot = ensemble.createSlot(4);
    const tweets = slot.towers.get('tower')!;
    tweets.inputs.get('tokens')!.data.set([3, 5]);
    tweets.rowCount = 2;
    tweets.rowOfPair.set([1, 0, 1]);
    await ensemble.run(slot, 3, CONTEXT);
    const answers = Array.from({ length: 3 }, (_, row) => [
      ...slot.probabilities.subarray(4 * row, 4 * row + 2),
    ]);
    expect(answers).toEqual([
      [Math.fround(0.5), Math.fround(0.05)],
      [Math.fround(0.3), Math.fround(0.03)],
      [Math.fround(0.5), Math.fround(0.05)],
    ]);
    expect(order).toEqual(['tower of 2', 'forest', 'forest', 'forest', 'head', 'head', 'head']);
  });

  it('fails when a tower does, once everyone has let go of the slot', async () => {
    const broken: Tower = {
      name: 'tower',
      model: {
        metadata: { name: 'tower', version: '1', inputs: [], outputs: [], contentSha256: '', engine: 'test' },
        infer: () => Promise.reject(new Error('the tower fell')),
      },
      inputs: [{ tensor: 'tokens', datatype: 'INT32', ownWidth: 1, members: [] }],
      output: { tensor: 'vector', width: 1 },
    };
    const head: Member = {
      ...member('head', 1, [], () => [0, 0, 0, 0]),
      inputs: [{ tensor: 'in', datatype: 'FP32', ownWidth: 1, members: [], tower: 'tower' }],
    };
    const ensemble = new Ensemble({
      towers: [broken],
      stages: [[head]],
      rungs: whole({ head: [1, 1, 1, 1] }),
    });
    const slot = ensemble.createSlot(1);
    slot.towers.get('tower')!.rowCount = 1;
    await expect(ensemble.run(slot, 1, CONTEXT)).rejects.toThrow('the tower fell');
  });
});
