import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInputMatrix, type InputMatrix, type Matrix } from '../../src/backends/backend.js';
import type { GoldenRows } from '@pairstream/triton-testing';
import { ROOT } from '../support/gateway/test-gateway.js';

/** The shipped models. */
export const REPOSITORY = join(ROOT, 'triton-models');
/** Inputs that are indices; all others are FP32. */
const INTEGERS = new Set(['tokens', 'user_index']);

/** Golden rows of a shipped model. */
export interface Golden extends GoldenRows {
  readonly tolerance: number;
}

/** Reads the golden rows of a shipped model. */
export function readGolden(model: string): Golden {
  return JSON.parse(readFileSync(join(REPOSITORY, model, '1/golden.json'), 'utf8')) as Golden;
}

/** Golden rows as matrices, with room for more rows. */
export function goldenInputs(
  { inputs }: Golden,
  rowIndexes: readonly number[],
  rowCapacity: number,
): Map<string, InputMatrix> {
  return new Map(
    Object.entries(inputs).map(([name, rows]): [string, InputMatrix] => {
      const width = rows[0]!.length;
      const matrix = createInputMatrix(INTEGERS.has(name) ? 'INT32' : 'FP32', rowCapacity, width);
      matrix.data.set(rowIndexes.flatMap((i) => rows[i]!.map((value) => value ?? Number.NaN)));
      return [name, matrix];
    }),
  );
}

/** Matrices for the outputs. */
export function outputMatrices(
  { outputs }: Golden,
  rowCapacity: number,
  filling: number,
): Map<string, Matrix> {
  return new Map(
    Object.entries(outputs).map(([name, rows]) => {
      const width = rows[0]!.length;
      return [name, { data: new Float32Array(rowCapacity * width).fill(filling), width }];
    }),
  );
}

/** How far outputs are from the golden rows at most. */
export function farthest(
  golden: Golden,
  rowIndexes: readonly number[],
  outputs: ReadonlyMap<string, Matrix>,
): number {
  const distances = [...outputs].flatMap(([name, { data }]) =>
    rowIndexes.flatMap((i) => golden.outputs[name]![i]!).map((value, k) => Math.abs(data[k]! - value!)),
  );
  return Math.max(...distances);
}
