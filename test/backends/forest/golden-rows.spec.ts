import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readForest } from '../../../src/backends/forest/files/read-forest.js';
import { compileForest } from '../../../src/backends/forest/layout/compile-forest.js';
import { bitsOf, runForest } from '../../support/forests/run-forest.js';
import { ROOT } from '../../support/gateway/test-gateway.js';

/** Missing values are null. */
interface GoldenRows {
  readonly inputs: { readonly input__0: readonly (readonly (number | null)[])[] };
  readonly outputs: { readonly output__0: readonly (readonly number[])[] };
}

describe('golden rows of the shipped forests', () => {
  it.each(['xgb1', 'xgb2', 'xgb3', 'xgb4', 'xgb5'])('have the bits of XGBoost in the kernel: %s', (name) => {
    const folder = join(ROOT, 'triton-models', name, '1');
    const forest = readForest(readFileSync(join(folder, 'xgboost.ubj')), 'xgboost.ubj');
    const golden: GoldenRows = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
    const rows = golden.inputs.input__0.map((row) => Float32Array.from(row, (value) => value ?? Number.NaN));
    const expected = bitsOf(Float32Array.from(golden.outputs.output__0.flat()));
    const compiled = compileForest(forest, { maxBytes: 2 ** 26, scratchCount: 1 });
    expect(
      bitsOf(runForest(compiled, Float32Array.from(rows.flatMap((row) => [...row])), rows.length)),
    ).toEqual(expected);
    // Row by row, the row walk computes them.
    rows.forEach((row, r) => {
      const one = bitsOf(runForest(compiled, row, 1));
      expect(one).toEqual(expected.subarray(r * forest.outputCount, (r + 1) * forest.outputCount));
    });
  });
});
