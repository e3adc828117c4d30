import type { InferenceSession } from 'onnxruntime-node';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { loadOnnxRuntime } from './onnx-runtime.js';

/** Name, type and shape of an input or output of a model file. */
export interface ModelTensor {
  readonly name: string;
  /** Datatype of the KServe v2 protocol (FP32, INT32, BYTES); NONE if it is not a tensor. */
  readonly datatype: string;
  /** All dimensions; -1 means any size. */
  readonly shape: readonly number[];
}

const DATATYPES: Readonly<Record<string, string>> = {
  bool: 'BOOL',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  string: 'BYTES',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
};

/**
 * Reads the inputs and outputs of an ONNX model without preparing it to run.
 * @throws PairstreamError INVALID_MODEL if ONNX Runtime cannot load the file
 */
export async function readModelTensors(
  path: string,
): Promise<{ readonly inputs: readonly ModelTensor[]; readonly outputs: readonly ModelTensor[] }> {
  const runtime = await loadOnnxRuntime();
  let session: InferenceSession;
  try {
    session = await runtime.InferenceSession.create(path, {
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 4,
    });
  } catch (error) {
    const problem = `${path}: not a model that ONNX Runtime can load; the file may be damaged`;
    throw new PairstreamError('INVALID_MODEL', problem, { field: path, cause: error });
  }
  const tensors = {
    inputs: session.inputMetadata.map(tensorOf),
    outputs: session.outputMetadata.map(tensorOf),
  };
  await session.release();
  return tensors;
}

function tensorOf(value: InferenceSession.ValueMetadata): ModelTensor {
  if (!value.isTensor) return { name: value.name, datatype: 'NONE', shape: [] };
  const shape = value.shape.map((size) => (typeof size === 'number' ? size : -1));
  return { name: value.name, datatype: DATATYPES[value.type] ?? value.type, shape };
}
