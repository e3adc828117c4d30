import { join } from 'node:path';
import { PairstreamError } from '../../../../../errors/pairstream-error.js';
import type { ModelConfig } from '@pairstream/triton-client';
import { backendOf } from './backend-rules.js';
import { type Finding, finding, type LocatedFinding } from '../../finding.js';
import { modelFileOf } from '../../files/model-file.js';
import { CONFIG_FILE, pathExists, type ModelFolder } from '../../files/model-folder.js';
import {
  datatypeOf,
  type ModelTensor,
  type ModelTensors,
  shapeOf,
  shapesAgree,
  type TensorConfig,
} from '../tensor-shapes.js';

const MISSING_DATA = /external data.*?(?:does not exist|not found|No such file)[^"'[]*["'[]([^"'\]]+)/i;

/**
 * Whether the tensors of a configuration are those of the ONNX models it is for, in every version. Outputs may be left out.
 * @param readTensors reads an ONNX model; it throws PairstreamError INVALID_MODEL for what is none
 */
export async function checkOnnxFiles(
  { name: model, path, versions }: ModelFolder,
  config: ModelConfig,
  readTensors: (path: string) => Promise<ModelTensors>,
): Promise<LocatedFinding[]> {
  if (backendOf(config) !== 'onnxruntime') return [];
  const findings: LocatedFinding[] = [];
  for (const version of versions) {
    const name = modelFileOf(config) ?? '';
    const file = join(path, version, name);
    if (!pathExists(file)) continue;
    try {
      const found = checkTensors(config, await readTensors(file), `${version}/${name}`);
      findings.push(...found.map((each) => ({ ...each, model, file: join(path, CONFIG_FILE) })));
    } catch (error) {
      const known = PairstreamError.from(error);
      if (known.code !== 'INVALID_MODEL') throw error;
      findings.push({ ...unloadable(known), model, file });
    }
  }
  return findings;
}

/** ONNX Runtime names a missing file of weights in its message, but has no code for it. */
function unloadable(error: PairstreamError): Finding {
  const said = error.cause instanceof Error ? error.cause.message : '';
  const [, missing] = MISSING_DATA.exec(said) ?? [];
  if (missing === undefined)
    return finding('model-file-damaged', 'file', 'no model that ONNX Runtime can load');
  const problem = `${missing} is missing, expected beside the model: the file holds weights, copy it with the model`;
  return finding('onnx-external-data', 'file', problem);
}

function checkTensors(
  { input, output, maxBatchSize }: ModelConfig,
  model: ModelTensors,
  file: string,
): Finding[] {
  const sequence = [...model.inputs, ...model.outputs].find(({ datatype }) => datatype === 'NONE');
  if (sequence !== undefined)
    return [
      finding(
        'onnx-sequence-output',
        `output.${sequence.name}`,
        `a sequence of maps in ${file}, expected a tensor: export the model with zipmap=False (skl2onnx: options={'zipmap': False})`,
      ),
    ];
  if (maxBatchSize <= 0) return [];
  return [
    ...checkSide('input', input, model.inputs, maxBatchSize, file),
    ...checkSide('output', output, model.outputs, maxBatchSize, file),
  ];
}

function checkSide(
  side: 'input' | 'output',
  configured: readonly TensorConfig[],
  tensors: readonly ModelTensor[],
  maxBatchSize: number,
  file: string,
): Finding[] {
  // Triton completes a side without tensors from the model.
  if (configured.length === 0) return [];
  const names = configured.map(({ name }) => name);
  const known = tensors.map(({ name }) => name);
  const isKnown = names.every((name) => known.includes(name));
  const isWhole = side === 'output' || known.every((name) => names.includes(name));
  if (!isKnown || !isWhole)
    return [
      finding('onnx-tensors', side, `${names.join(', ')}, expected ${known.join(', ')}, as in ${file}`),
    ];
  return configured.flatMap((tensor) => {
    const model = tensors.find(({ name }) => name === tensor.name);
    const problem = model === undefined ? undefined : misfit(tensor, model, maxBatchSize);
    return problem === undefined
      ? []
      : finding('onnx-tensors', `${side}.${tensor.name}`, `${problem}, as in ${file}`);
  });
}

function misfit(tensor: TensorConfig, model: ModelTensor, maxBatchSize: number): string | undefined {
  if (datatypeOf(tensor) !== model.datatype)
    return `${tensor.dataType}, expected TYPE_${model.datatype === 'BYTES' ? 'STRING' : model.datatype}`;
  const shape = shapeOf(tensor, maxBatchSize);
  if (maxBatchSize > 0 && model.shape[0] !== -1)
    return `a batch axis, expected max_batch_size 0 for the fixed shape [${model.shape.join(', ')}]`;
  if (shapesAgree(shape, model.shape)) return undefined;
  const expected = maxBatchSize > 0 ? model.shape.slice(1) : model.shape;
  // Triton takes no tensor without dims: a batch of scalars has dims [1], and a reshape that takes the axis away.
  if (expected.length === 0)
    return `dims [${tensor.dims.join(', ')}], expected dims: [ 1 ] with reshape: { shape: [ ] } for the shape [-1]`;
  return `dims [${tensor.dims.join(', ')}], expected [${expected.join(', ')}]`;
}
