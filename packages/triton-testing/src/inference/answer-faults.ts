import type { Datatype } from '@pairstream/triton-client';
import { toFloat16, toBfloat16 } from '@pairstream/triton-client';
import type { AnswerFault } from '../models/model-script.js';
import type { OutputTensor } from '../tensors/output-tensors.js';

/** Another datatype of the same size. */
const OTHER_TYPE: Readonly<Record<Datatype, Datatype>> = {
  BOOL: 'UINT8',
  UINT8: 'INT8',
  INT8: 'UINT8',
  UINT16: 'INT16',
  INT16: 'UINT16',
  FP16: 'INT16',
  BF16: 'INT16',
  UINT32: 'INT32',
  INT32: 'FP32',
  FP32: 'INT32',
  UINT64: 'INT64',
  INT64: 'FP64',
  FP64: 'INT64',
  BYTES: 'BYTES',
};

/** Bytes of a NaN, for the datatypes that have one. */
const NAN: Readonly<Partial<Record<Datatype, ArrayBufferView>>> = {
  FP16: toFloat16([Number.NaN]),
  FP32: Float32Array.of(Number.NaN),
  FP64: Float64Array.of(Number.NaN),
  BF16: toBfloat16([Number.NaN]),
};

const SPOILERS: Readonly<Record<AnswerFault, (tensor: OutputTensor) => OutputTensor>> = {
  none: (tensor) => tensor,
  wrong_shape: withOneMore,
  wrong_datatype: (tensor) => ({ ...tensor, datatype: OTHER_TYPE[tensor.datatype] }),
  nan: withNan,
};

/** Spoils an output as a model would that is not the one that was expected. */
export function spoil(tensor: OutputTensor, fault: AnswerFault): OutputTensor {
  return SPOILERS[fault](tensor);
}

/** One entry more of the first axis, all zero: a row of a model with a batch axis. */
function withOneMore(tensor: OutputTensor): OutputTensor {
  const [first = 0, ...others] = tensor.shape;
  const grown = others.reduce((product, size) => product * size, 1);
  const elementBytes = first * grown === 0 ? 0 : tensor.bytes.byteLength / (first * grown);
  // An element of BYTES that is empty has nothing but its length.
  const addedBytes = grown * (tensor.datatype === 'BYTES' ? Uint32Array.BYTES_PER_ELEMENT : elementBytes);
  const bytes = new Uint8Array(tensor.bytes.byteLength + addedBytes);
  bytes.set(tensor.bytes);
  return { ...tensor, shape: [first + 1, ...others], bytes };
}

function withNan(tensor: OutputTensor): OutputTensor {
  const element = NAN[tensor.datatype];
  if (element === undefined) return tensor;
  const pattern = new Uint8Array(element.buffer, element.byteOffset, element.byteLength);
  return { ...tensor, bytes: tensor.bytes.map((_, i) => pattern[i % pattern.length] ?? 0) };
}
