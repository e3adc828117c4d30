import type { ModelConfig } from '@pairstream/triton-client';
import { PROFILE_KEYS } from './accelerator-keys.js';
import { tensorrtSettings } from './accelerator-rules.js';
import { type Finding, finding } from '../../finding.js';
import type { ParameterValues } from './parameter-values.js';
import { shapeOf, shapesAgree } from '../tensor-shapes.js';

/** `name:1x48`; a name may have colons of its own. */
const SHAPE = /^(.+):(\d+(?:x\d+)*)$/;

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Checks that optimisation profiles fit the inputs and cover the largest batch. */
export function checkTensorrtProfiles(config: ModelConfig): Finding[] {
  return tensorrtSettings(config).flatMap(({ values }) => checkProfile(config, values));
}

function checkProfile(config: ModelConfig, values: ParameterValues): Finding[] {
  const texts = PROFILE_KEYS.map((key) => values.get(key));
  if (texts.every((text) => text === undefined)) return [];
  const parsed: Shapes[] = [];
  for (const [i, key] of PROFILE_KEYS.entries()) {
    const shapes = parseShapes(texts[i] ?? '');
    const problem = shapes === undefined ? unreadable(texts[i]) : misfit(config, shapes);
    if (problem !== undefined) return [finding('tensorrt-profile', values.fieldOf(key), problem)];
    if (shapes !== undefined) parsed.push(shapes);
  }
  return checkOrder(config, values, parsed);
}

function unreadable(text: string | undefined): string {
  const seen = text === undefined ? 'none, but another profile key is there' : `"${text}"`;
  return `${seen}, expected shapes of all inputs like tokens:1x48,features:1x26`;
}

function parseShapes(text: string): Shapes | undefined {
  const shapes = new Map<string, readonly number[]>();
  for (const part of text.split(',')) {
    const [, name, sizes] = SHAPE.exec(part.trim()) ?? [];
    if (name === undefined || sizes === undefined) return undefined;
    shapes.set(name, sizes.split('x').map(Number));
  }
  return shapes;
}

function misfit({ input, maxBatchSize }: ModelConfig, shapes: Shapes): string | undefined {
  const missing = input.find(({ name }) => !shapes.has(name));
  if (missing !== undefined) return `no shape of ${missing.name}, expected one of every input`;
  for (const tensor of input) {
    const expected = shapeOf(tensor, maxBatchSize);
    const shape = shapes.get(tensor.name) ?? [];
    if (!shapesAgree(shape, expected))
      return `${tensor.name}:${shape.join('x')}, expected [${expected.join(', ')}], the shape of the input`;
  }
  return undefined;
}

function checkOrder(
  { input, maxBatchSize }: ModelConfig,
  values: ParameterValues,
  [min, opt, max]: readonly Shapes[],
): Finding[] {
  for (const { name } of input) {
    const sizes = [min, opt, max].map((shapes) => shapes?.get(name)?.[0] ?? 0);
    const [least = 0, best = 0, most = 0] = sizes;
    if (least > best || best > most) {
      const problem = `${name} has ${sizes.join(', ')} rows in min, opt and max, expected ascending numbers`;
      return [finding('tensorrt-profile', values.fieldOf(PROFILE_KEYS[1]), problem)];
    }
    if (maxBatchSize > 0 && most < maxBatchSize) {
      const problem = `${name} has ${most} rows, expected max_batch_size, ${maxBatchSize}: larger batches would need another engine`;
      return [finding('tensorrt-profile', values.fieldOf(PROFILE_KEYS[2]), problem)];
    }
  }
  return [];
}
