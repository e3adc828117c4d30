import type { ModelConfig } from '@pairstream/triton-client';
import { GPU_ACCELERATORS, ONNX_RUNTIME_KEYS, PRECISIONS, TENSORRT_KEYS } from './accelerator-keys.js';
import { type Finding, finding } from '../../finding.js';
import { ParameterValues } from './parameter-values.js';

/** Values the backend takes for true, in any case of letters. */
const TRUE = ['1', 'true'];
const FALSE = ['0', 'false'];
const ACCELERATORS = 'optimization.execution_accelerators.gpu_execution_accelerator';

/** The parameters of a TensorRT accelerator, with their place. */
export interface TensorrtSettings {
  readonly field: string;
  readonly values: ParameterValues;
}

/** Checks the parameters of the ONNX Runtime backend, and its accelerator on a GPU. */
export function checkOnnxRuntime(config: ModelConfig): Finding[] {
  const strings = Object.entries(config.parameters).map(([key, { stringValue }]) => [key, stringValue]);
  const parameters = new ParameterValues('parameters', Object.fromEntries(strings), ONNX_RUNTIME_KEYS);
  const unknown = gpuAccelerators(config).flatMap(({ name }, i) =>
    GPU_ACCELERATORS.includes(name)
      ? []
      : finding('accelerator-unknown', `${ACCELERATORS}[${i}].name`, `"${name}", expected tensorrt or cuda`),
  );
  return [
    ...parameters.typos,
    ...unknown,
    ...tensorrtSettings(config).flatMap((settings) => checkTensorrt(config, settings)),
  ];
}

/** Every TensorRT accelerator of a configuration. */
export function tensorrtSettings(config: ModelConfig): TensorrtSettings[] {
  return gpuAccelerators(config).flatMap(({ name, parameters }, i) => {
    const field = `${ACCELERATORS}[${i}]`;
    if (name !== 'tensorrt') return [];
    return { field, values: new ParameterValues(`${field}.parameters`, parameters, TENSORRT_KEYS) };
  });
}

function gpuAccelerators({ optimization }: ModelConfig): readonly {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}[] {
  return optimization?.executionAccelerators?.gpuExecutionAccelerator ?? [];
}

function checkTensorrt({ modelWarmup }: ModelConfig, { field, values }: TensorrtSettings): Finding[] {
  const findings = [...values.typos, ...checkPrecision(values), ...checkCache(values)];
  if (modelWarmup.length === 0)
    findings.push(
      finding(
        'tensorrt-warmup',
        field,
        'no model_warmup, expected one: the first request would wait for the engine',
      ),
    );
  return findings;
}

function checkPrecision(values: ParameterValues): Finding[] {
  const precision = values.get('precision_mode') ?? 'FP32';
  const field = values.fieldOf('precision_mode');
  if (!PRECISIONS.includes(precision))
    return [finding('tensorrt-value', field, `"${precision}", expected one of ${PRECISIONS.join(', ')}`)];
  if (precision === 'FP32') return [];
  return [
    finding(
      'tensorrt-precision',
      field,
      `"${precision}", expected "FP32": answers are off by more than golden rows allow`,
    ),
  ];
}

function checkCache(values: ParameterValues): Finding[] {
  const field = values.fieldOf('trt_engine_cache_enable');
  const isCached = values.get('trt_engine_cache_enable');
  if (isCached !== undefined && ![...TRUE, ...FALSE].includes(isCached.toLowerCase()))
    return [finding('tensorrt-value', field, `"${isCached}", expected "true" or "false"`)];
  if (isCached === undefined || FALSE.includes(isCached.toLowerCase()))
    return [
      finding(
        'tensorrt-cache',
        field,
        `${isCached ?? 'none'}, expected "true": engines would be built at every start`,
      ),
    ];
  const prefix = values.get('trt_engine_cache_prefix') ?? '';
  if (prefix !== '') return [];
  return [
    finding(
      'tensorrt-cache-prefix',
      values.fieldOf('trt_engine_cache_prefix'),
      'none, expected one that changes with the weights, like a hash of the file: an engine of other weights would be taken',
    ),
  ];
}
