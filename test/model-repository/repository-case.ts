/** A model folder, and the answer of a real server to it. */
export interface RepositoryCase {
  readonly name: string;
  /** Text of config.pbtxt; undefined for a folder without one. */
  readonly config: string | undefined;
  /** True if NVIDIA's Triton does not load the model. */
  readonly isRefused: boolean;
  /** Names of the version folders; one folder `1` by default. */
  readonly versions?: readonly string[];
  /** False leaves the model file out of the version folders; true by default. */
  readonly hasFile?: boolean;
  /** Texts of further files, by path in the folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Reason why the check of the repository judges otherwise than the server. */
  readonly differs?: string;
}

type Folder = Omit<RepositoryCase, 'name' | 'config' | 'isRefused'>;

/** A model that Triton loads. */
export function loads(name: string, config: string | undefined, folder: Folder = {}): RepositoryCase {
  return { name, config, isRefused: false, ...folder };
}

/** A model that Triton does not load. */
export function refused(name: string, config: string, folder: Folder = {}): RepositoryCase {
  return { name, config, isRefused: true, ...folder };
}

/** Dynamic batching with a policy that the check accepts. */
export const BATCH =
  'dynamic_batching { default_queue_policy { default_timeout_microseconds: 60000000 allow_timeout_override: true max_queue_size: 256 } }';
/** The input of the cases. */
export const IN = 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } ]';
/** The output of the cases. */
export const OUT = 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] } ]';
/** One instance, so that the server starts one process per model. */
export const GROUP = 'instance_group [ { kind: KIND_CPU count: 1 } ]';
/** A sequence batcher that Triton takes. */
export const SEQ =
  'sequence_batching { max_sequence_idle_microseconds: 5000000 control_input [ { name: "START" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1 ] } ] } ] }';
/** Data of a warm-up request. */
export const WX = 'inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 4 ] zero_data: true } }';

/** Parts of a configuration that a case replaces. */
export interface ConfigParts {
  readonly backend?: string;
  readonly max?: string;
  readonly in?: string;
  readonly out?: string;
  readonly group?: string;
  readonly batch?: string;
  readonly more?: string;
}

/** A configuration for the Python backend. */
export function py(parts: ConfigParts = {}): string {
  const { backend = 'backend: "python"', max = 'max_batch_size: 8', group = GROUP } = parts;
  const { in: input = IN, out = OUT, batch = BATCH, more = '' } = parts;
  return [backend, max, input, out, group, batch, more].join('\n');
}

/** A configuration for the ONNX model of the cases about versions. */
export function lookup({ more = '' }: Pick<ConfigParts, 'more'> = {}): string {
  return py({
    backend: 'backend: "onnxruntime"',
    in: 'input [ { name: "index" data_type: TYPE_INT64 dims: [ 1 ] } ]',
    out: 'output [ { name: "value" data_type: TYPE_FP32 dims: [ 1 ] } ]',
    more,
  });
}

/** A configuration of an ensemble. */
export function ensemble(
  steps: string,
  { max = 'max_batch_size: 8', in: input = IN, out = OUT, more = '' }: ConfigParts = {},
): string {
  return ['platform: "ensemble"', max, input, out, `ensemble_scheduling { ${steps} }`, more].join('\n');
}
