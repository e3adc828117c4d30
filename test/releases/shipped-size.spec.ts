import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPipelineFile } from '../../src/releases/pipeline-file.js';
import { ROOT, SHIPPED_PIPELINE } from '../support/gateway/test-gateway.js';

/** Of weights, tables and examples together. */
const MOST_BYTES = 60_000_000;

describe('what is shipped', () => {
  it('is small enough for a repository', () => {
    const files = ['triton-models', 'pipelines', 'examples'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        // Derived, and not in git.
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.tl'))
        .filter(({ parentPath }) => !/node_modules|stubs|google/.test(parentPath))
        .map(({ parentPath, name }) => join(parentPath, name)),
    );
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(bytes).toBeGreaterThan(MOST_BYTES / 2);
  });

  it('is every family in two stages, with a rung for each way to do without some', () => {
    const { stages, ladder, models } = readPipelineFile(SHIPPED_PIPELINE).definition;
    expect(stages).toEqual([
      ['xgb1', 'xgb2', 'xgb3', 'nn1', 'nn2', 'nn3'],
      ['xgb4', 'xgb5'],
    ]);
    expect(ladder?.map(({ rung }) => rung)).toEqual(['full', 'stage2', 'stage1_mean', 'xgb1', 'base_rates']);
    const rates = ladder!.map(({ rce }) => rce!);
    expect(rates[0]).toBe(Math.max(...rates));
    expect(rates.at(-1)).toBe(Math.min(...rates));
    // As published: xgb4 does without xgb3, xgb5 reads all six.
    const members = (model: string): readonly string[] =>
      Object.values(models[model]!.inputs).flatMap((input) => input.members);
    expect(members('xgb4').toSorted()).toEqual(['nn1', 'nn2', 'nn3', 'xgb1', 'xgb2']);
    expect(members('xgb5').toSorted()).toEqual(['nn1', 'nn2', 'nn3', 'xgb1', 'xgb2', 'xgb3']);
  });
});
