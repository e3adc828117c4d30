import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './test-gateway.js';

/**
 * Writes a pipeline of the shipped models in which either may be missing: rungs `full` and `either`, weighted as the shipped
 * blend, and base rates.
 * @returns its path
 */
export function writeShippedLadder(folder: string): string {
  const text = readFileSync(join(ROOT, 'pipelines/recsys2021.yaml'), 'utf8')
    .replaceAll(': recsys2021/', `: ${join(ROOT, 'pipelines/recsys2021')}/`)
    .replace(': ../triton-models', `: ${join(ROOT, 'triton-models')}`);
  const weights = /^blend:\n {2}xgb1: (.*)\n {2}nn1: (.*)/m.exec(text);
  if (weights === null) throw new Error('the shipped pipeline has no blend of xgb1 and nn1');
  const both = `weights: { xgb1: ${weights[1]}, nn1: ${weights[2]} }`;
  const ladder = [
    'ladder:',
    `  - { rung: full, ${both} }`,
    `  - { rung: either, ${both}, may_miss: 1 }`,
    '  - { rung: base_rates, base_rates: true }',
  ];
  const path = join(folder, 'ladder.yaml');
  writeFileSync(path, text.replace(/^blend:[\s\S]*$/m, ladder.join('\n')));
  return path;
}
