import { join } from 'node:path';
import { z } from 'zod';
import type { ModelConfig } from '@pairstream/triton-client';
import { type Finding, finding, type LocatedFinding } from '../finding.js';
import { pathExists, type ModelFolder, readText } from '../files/model-folder.js';
import type { TensorConfig } from './tensor-shapes.js';

const GOLDEN_FILE = 'golden.json';
const tensors = z.record(z.string(), z.array(z.array(z.number().nullable())).min(1));
const goldenSchema = z.object({ model: z.string(), version: z.string(), inputs: tensors, outputs: tensors });
type Golden = z.infer<typeof goldenSchema>;

/** Checks that every version has golden rows of this model, version and tensors. */
export function checkGolden(folder: ModelFolder, config: ModelConfig): LocatedFinding[] {
  return folder.versions.flatMap((version) => {
    const file = join(folder.path, version, GOLDEN_FILE);
    const found = pathExists(file)
      ? mismatch(file, folder.name, version, config)
      : finding(
          'golden-missing',
          'file',
          'missing, expected rows with the answers of the training: export the model again',
        );
    return found === undefined ? [] : [{ ...found, model: folder.name, file }];
  });
}

function mismatch(file: string, model: string, version: string, config: ModelConfig): Finding | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readText(file) ?? '');
  } catch {
    return finding('golden-mismatch', 'file', 'no JSON, expected golden rows');
  }
  const parsed = goldenSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue === undefined ? '' : z.core.toDotPath(issue.path);
    return finding('golden-mismatch', field === '' ? 'file' : field, issue?.message ?? 'no golden rows');
  }
  for (const [field, seen, expected] of [
    ['model', parsed.data.model, model],
    ['version', parsed.data.version, version],
  ] as const)
    if (seen !== expected)
      return finding(
        'golden-mismatch',
        field,
        `"${seen}", expected "${expected}": the rows are of another model`,
      );
  return misfit(parsed.data, config);
}

function misfit({ inputs, outputs }: Golden, config: ModelConfig): Finding | undefined {
  for (const [side, rows, expected] of [
    ['inputs', inputs, config.input],
    ['outputs', outputs, config.output],
  ] as const)
    for (const tensor of expected) {
      const width = rows[tensor.name]?.[0]?.length;
      if (width !== undefined && fits(width, tensor)) continue;
      const seen = width === undefined ? 'none' : `rows of ${width} values`;
      return finding(
        'golden-mismatch',
        `${side}.${tensor.name}`,
        `${seen}, expected dims [${tensor.dims.join(', ')}]`,
      );
    }
  return undefined;
}

function fits(width: number, { dims }: TensorConfig): boolean {
  return dims.includes(-1) || dims.reduce((product, size) => product * size, 1) === width;
}
