import { describe, expect, it } from 'vitest';
import type { InputMatrix, Matrix, ModelHandle } from '../backends/backend.js';
import type { Tower, TowerSlot } from './model-input.js';
import { type TowerObserver, TowerRunner } from './tower-runner.js';

const CONTEXT = { deadlineMs: Infinity, signal: new AbortController().signal };
const ROWS = 6;

/** Answers [first token + feature, 1], and remembers the tokens it was asked for. */
class SumTower {
  readonly asked: number[][] = [];
  failure: Error | undefined;

  readonly tower: Tower = {
    name: 'sum',
    model: {
      metadata: { name: 'sum', version: '1', inputs: [], outputs: [], contentSha256: '', engine: 'test' },
      infer: (...args) => this.infer(...args),
    },
    inputs: [
      { tensor: 'tokens', datatype: 'INT32', ownWidth: 2, members: [] },
      { tensor: 'features', datatype: 'FP32', ownWidth: 1, members: [] },
    ],
    output: { tensor: 'out', width: 2 },
  };

  private readonly infer: ModelHandle['infer'] = (
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
  ) => {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const tokens = inputs.get('tokens')!.data;
    const features = inputs.get('features')!.data;
    this.asked.push(Array.from({ length: rowCount }, (_, row) => tokens[2 * row]!));
    for (let row = 0; row < rowCount; row += 1)
      outputs.get('out')!.data.set([tokens[2 * row]! + features[row]!, 1], 2 * row);
    return Promise.resolve();
  };
}

function fill(slot: TowerSlot, rows: readonly (readonly [token: number, feature: number])[]): void {
  slot.rowCount = rows.length;
  rows.forEach(([token, feature], row) => {
    slot.inputs.get('tokens')!.data.set([token, 0], 2 * row);
    slot.inputs.get('features')!.data.set([feature], row);
  });
}

function vectorsOf(slot: TowerSlot): number[] {
  return Array.from({ length: slot.rowCount }, (_, row) => slot.vectors.data[2 * row]!);
}

describe('TowerRunner', () => {
  it('computes each distinct input once, and not again while it is cached', async () => {
    const model = new SumTower();
    const seen: number[][] = [];
    const observer: TowerObserver = { towerLookedUp: (_name, ...counts) => void seen.push(counts) };
    const runner = new TowerRunner(model.tower, 3 * 2 * 4, observer);
    const slot = runner.createSlot(ROWS);
    fill(slot, [
      [1, 0.5],
      [2, 0.5],
      [1, 0.5],
      [1, 0.25],
    ]);
    await runner.run(slot, CONTEXT);
    expect(vectorsOf(slot)).toEqual([1.5, 2.5, 1.5, 1.25]);
    fill(slot, [
      [2, 0.5],
      [3, 0.5],
    ]);
    await runner.run(slot, CONTEXT);
    expect(vectorsOf(slot)).toEqual([2.5, 3.5]);
    expect(model.asked).toEqual([[1, 2, 1], [3]]);
    // Hits, misses, cached, capacity: a row like another of its batch is none of the misses.
    expect(seen).toEqual([
      [1, 3, 3, 3],
      [1, 1, 3, 3],
    ]);
  });

  it('runs two slots at once without mixing them up', async () => {
    const model = new SumTower();
    const runner = new TowerRunner(model.tower, 0, undefined);
    const slots = [runner.createSlot(ROWS), runner.createSlot(ROWS)];
    slots.forEach((slot, s) =>
      fill(
        slot,
        Array.from({ length: ROWS }, (_, row) => [10 * s + row, 0]),
      ),
    );
    await Promise.all(slots.map((slot) => runner.run(slot, CONTEXT)));
    expect(slots.map(vectorsOf)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [10, 11, 12, 13, 14, 15],
    ]);
  });

  it('does not keep a vector that is no number', async () => {
    const model = new SumTower();
    const runner = new TowerRunner(model.tower, 3 * 2 * 4, undefined);
    const slot = runner.createSlot(ROWS);
    for (const _ of [1, 2]) {
      fill(slot, [
        [1, Number.NaN],
        [2, 0.5],
      ]);
      await runner.run(slot, CONTEXT);
      expect(vectorsOf(slot)).toEqual([Number.NaN, 2.5]);
    }
    expect(model.asked).toEqual([[1, 2], [1]]);
  });

  it('keeps nothing of a run that failed', async () => {
    const model = new SumTower();
    const runner = new TowerRunner(model.tower, 1_000, undefined);
    const slot = runner.createSlot(ROWS);
    fill(slot, [[7, 0]]);
    model.failure = new Error('out of order');
    await expect(runner.run(slot, CONTEXT)).rejects.toThrow('out of order');
    model.failure = undefined;
    await runner.run(slot, CONTEXT);
    expect(vectorsOf(slot)).toEqual([7]);
  });
});
