import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ROOT, SHIPPED_PIPELINE } from '../gateway/test-gateway.js';

const TWO = ['xgb1', 'nn1'];
const XGB1_WEIGHTS = '[0.6, 0.7, 0.8, 0.7]';
const NN1_WEIGHTS = '[0.4, 0.3, 0.2, 0.3]';
/** Folders of triton-models/ that TWO_MODELS needs. */
export const TWO_MODEL_FOLDERS: readonly string[] = ['xgb1', 'nn1_tweet', 'nn1'];

const folder = mkdtempSync(join(tmpdir(), 'two-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Pipeline file of two first-stage models of the shipped pipeline, xgb1 and nn1, and their blend. It cannot do without either,
 * so that a failure is told where the shipped ladder would bear it.
 */
export const TWO_MODELS = writePipeline(folder, 'two-models.yaml', twoModelPipeline());

/** The same as text, whose paths are those of a file in pipelines/. */
export function twoModelPipeline(): string {
  const blend = ['blend:', `  xgb1: ${XGB1_WEIGHTS}`, `  nn1: ${NN1_WEIGHTS}`, ''];
  return cutShipped(TWO, [`  - [${TWO.join(', ')}]`, ...blend]);
}

/**
 * Writes a pipeline of the same two models in which either may be missing: rungs `full`, `either` and base rates.
 * @returns its path
 */
export function writeTwoModelLadder(inFolder: string): string {
  const both = `weights: { xgb1: ${XGB1_WEIGHTS}, nn1: ${NN1_WEIGHTS} }`;
  const text = cutShipped(TWO, [
    `  - [${TWO.join(', ')}]`,
    'ladder:',
    `  - { rung: full, ${both} }`,
    `  - { rung: either, ${both}, may_miss: 1 }`,
    '  - { rung: base_rates, base_rates: true }',
    '',
  ]);
  return writePipeline(inFolder, 'ladder.yaml', text);
}

/** Writes a pipeline file that reads what the shipped one reads. @returns its path */
function writePipeline(inFolder: string, name: string, text: string): string {
  const path = join(inFolder, name);
  const whole = text
    .replaceAll(': recsys2021/', `: ${join(ROOT, 'pipelines/recsys2021')}/`)
    .replace(': ../triton-models', `: ${join(ROOT, 'triton-models')}`);
  writeFileSync(path, whole);
  return path;
}

/** The shipped text with some of its models and their towers only; `answer` is what follows `stages:`. */
function cutShipped(names: readonly string[], answer: readonly string[]): string {
  const text = readFileSync(SHIPPED_PIPELINE, 'utf8');
  const [head, rest] = split(text, 'models:\n');
  const [models] = split(rest, 'stages:\n');
  const kept = models
    .split(/(?=^ {2}\w+:$)/m)
    .filter((block) => names.includes(/^ {2}(\w+?)(_tweet)?:/.exec(block)?.[1] ?? ''));
  return `${head}models:\n${kept.join('')}stages:\n${answer.join('\n')}`;
}

function split(text: string, at: string): [string, string] {
  const found = text.indexOf(`\n${at}`) + 1;
  if (found === 0) throw new Error(`${SHIPPED_PIPELINE} has no ${at}`);
  return [text.slice(0, found), text.slice(found + at.length)];
}
