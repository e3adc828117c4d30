import type { ModelConfig } from '@pairstream/triton-client';
import { backendOf } from './backends/backend-rules.js';
import { type Finding, finding } from '../finding.js';
import { checkTensorForms } from './tensor-form-rules.js';
import { describeTensor, type TensorConfig } from './tensor-shapes.js';

const FIL_INPUT = 'input__0';
const FIL_OUTPUT = 'output__0';
const FIL_EXPLANATION = 'treeshap_output';

/** Checks that each tensor is complete, and that a forest has the tensors that FIL requires. */
export function checkTensors(config: ModelConfig): Finding[] {
  const incomplete = [
    ...config.input.flatMap((tensor, i) => checkTensor(`input[${i}]`, tensor)),
    ...config.output.flatMap((tensor, i) => checkTensor(`output[${i}]`, tensor)),
  ];
  if (incomplete.length > 0) return incomplete;
  const forms = checkTensorForms(config);
  if (forms.length > 0 || backendOf(config) !== 'fil') return forms;
  const outputs = config.output.filter(({ name }) => name !== FIL_EXPLANATION);
  return [
    ...checkFilTensor('fil-input', 'input', FIL_INPUT, config.input),
    ...checkFilTensor('fil-output', 'output', FIL_OUTPUT, outputs),
  ];
}

function checkTensor(field: string, { name, dataType, dims }: TensorConfig): Finding[] {
  const expected = 'the server refuses the model';
  if (name === '') return [finding('tensor-incomplete', `${field}.name`, `none, expected one: ${expected}`)];
  if (dataType === 'TYPE_INVALID')
    return [
      finding('tensor-incomplete', `${field}.data_type`, `none, expected one like TYPE_FP32: ${expected}`),
    ];
  if (dims.length === 0 || dims.some((size) => size < -1 || size === 0))
    return [
      finding(
        'tensor-incomplete',
        `${field}.dims`,
        `[${dims.join(', ')}], expected sizes of 1 or more, or -1 for any: ${expected}`,
      ),
    ];
  return [];
}

function checkFilTensor(
  rule: 'fil-input' | 'fil-output',
  side: string,
  name: string,
  tensors: readonly TensorConfig[],
): Finding[] {
  const [first, ...more] = tensors;
  const isFit =
    more.length === 0 && first?.name === name && first.dataType === 'TYPE_FP32' && first.dims.length === 1;
  if (isFit) return [];
  const seen = tensors.length === 0 ? 'none' : tensors.map(describeTensor).join(', ');
  return [
    finding(
      rule,
      side,
      `${seen}, expected ${name} TYPE_FP32 with one dimension, alone: FIL's names are fixed`,
    ),
  ];
}
