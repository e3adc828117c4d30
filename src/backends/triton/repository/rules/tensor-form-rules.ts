import { join } from 'node:path';
import type { ModelConfig } from '@pairstream/triton-client';
import { backendOf } from './backends/backend-rules.js';
import { type Finding, finding, type LocatedFinding } from '../finding.js';
import { pathExists, type ModelFolder } from '../files/model-folder.js';
import type { TensorConfig } from './tensor-shapes.js';

const IMAGE_DIMS = 3;

/** Checks `reshape`, `format` and the flags for TensorRT of every tensor. */
export function checkTensorForms(config: ModelConfig): Finding[] {
  const isTensorrt = backendOf(config) === 'tensorrt';
  return (['input', 'output'] as const).flatMap((side) =>
    config[side].flatMap((tensor, i) =>
      checkTensor(`${side}[${i}]`, tensor, config.maxBatchSize, isTensorrt),
    ),
  );
}

/** Checks that the label files of the outputs are in the model's folder. */
export function checkLabelFiles(
  { name: model, path }: ModelFolder,
  { output }: ModelConfig,
): LocatedFinding[] {
  return output.flatMap(({ labelFilename }, i) => {
    const file = join(path, labelFilename);
    if (labelFilename === '' || pathExists(file)) return [];
    const found = finding(
      'label-file-missing',
      `output[${i}].label_filename`,
      'missing, expected the labels',
    );
    return { ...found, model, file };
  });
}

function checkTensor(
  field: string,
  tensor: TensorConfig,
  maxBatchSize: number,
  isTensorrt: boolean,
): Finding[] {
  const { dims, format = 'FORMAT_NONE', isShapeTensor, isNonLinearFormatIo } = tensor;
  const findings = checkReshape(field, tensor, maxBatchSize);
  if (format !== 'FORMAT_NONE' && dims.length !== IMAGE_DIMS)
    findings.push(
      finding('tensor-format', `${field}.format`, `${format}, expected ${IMAGE_DIMS} dims beside a format`),
    );
  if (isTensorrt) return findings;
  const only = 'true, expected false: only TensorRT has such tensors';
  if (isShapeTensor) findings.push(finding('tensor-format', `${field}.is_shape_tensor`, only));
  if (isNonLinearFormatIo) findings.push(finding('tensor-format', `${field}.is_non_linear_format_io`, only));
  return findings;
}

function checkReshape(field: string, { dims, reshape }: TensorConfig, maxBatchSize: number): Finding[] {
  if (reshape == null) return [];
  const { shape } = reshape;
  const refuse = (problem: string): Finding[] => [
    finding('reshape', `${field}.reshape.shape`, `[${shape.join(', ')}], expected ${problem}`),
  ];
  if (shape.length === 0 && maxBatchSize <= 0) return refuse('one or more sizes where max_batch_size is 0');
  if (shape.some((size) => size < -1 || size === 0)) return refuse('sizes of 1 or more, or -1 for any');
  if (isSameSize(dims, shape)) return [];
  return refuse(`as many elements as dims [${dims.join(', ')}], before, between and after every -1`);
}

/** Elements before, between and after the open sizes must be the same on both sides. */
function isSameSize(dims: readonly number[], shape: readonly number[]): boolean {
  const [a, b] = [products(dims), products(shape)];
  return a.length === b.length && a.every((product, i) => product === b[i]);
}

function products(sizes: readonly number[]): number[] {
  const all = [1];
  for (const size of sizes)
    if (size === -1) all.push(1);
    else all.push((all.pop() ?? 1) * size);
  return all;
}
