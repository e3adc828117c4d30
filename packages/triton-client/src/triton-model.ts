import { type Datatype, isDatatype, type TensorData } from './datatypes.js';
import type { Parameters } from './infer-parameters.js';
import {
  type InferInput,
  type InferRequest,
  isSharedMemory,
  type SharedMemorySlice,
} from './infer-request.js';
import type { InferResponse, OutputTensor } from './infer-response.js';
import type { TritonCallOptions } from './inference-calls.js';
import { dataProblem } from './raw-contents.js';
import type { ModelConfig, ModelMetadata, TensorMetadata } from './server-messages.js';
import type { StreamAnswer } from './infer-stream.js';
import { TritonError } from './triton-error.js';

/**
 * Elements of an input. The shape may be left out if the model's input has at most one dimension of variable size: it then
 * follows from the number of elements.
 */
export type ModelInput =
  | TensorData
  | { readonly data: TensorData | SharedMemorySlice; readonly shape?: readonly number[] };

/** Options of one inference request. */
export interface ModelInferOptions extends TritonCallOptions {
  /** Names of the outputs to return. Default: all. */
  readonly outputs?: readonly string[];
  readonly id?: string;
  readonly parameters?: Parameters;
}

/** Inputs by name. */
export interface InferenceServer {
  infer(request: InferRequest, options: TritonCallOptions): Promise<InferResponse>;
  streamInfer(requests: readonly InferRequest[], options: TritonCallOptions): AsyncIterable<StreamAnswer>;
}

/** Outputs by name. */
export type ModelOutputs = Readonly<Record<string, OutputTensor>>;

/**
 * A model of a server, with the metadata of the moment at which this object was created. A request that does not fit the metadata
 * fails before anything is sent. The error names the tensor, the value and the accepted values.
 */
export class TritonModel {
  readonly name: string;
  /** True if one request may have any number of responses, which `inferStream` yields. */
  readonly isDecoupled: boolean;
  /** Maximum number of rows of one request; 0 if the model has no batch axis or its bound is unknown. */
  readonly maxBatchSize: number;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  private readonly optionalInputs: ReadonlySet<string>;

  /** @param version version that requests ask for; empty: the server chooses */
  constructor(
    private readonly server: InferenceServer,
    readonly version: string,
    readonly metadata: ModelMetadata,
    /** Configuration of the model; undefined if the server has no ModelConfig. */
    readonly config: ModelConfig | undefined,
  ) {
    this.name = metadata.name;
    this.isDecoupled = config?.modelTransactionPolicy?.decoupled === true;
    this.maxBatchSize = config?.maxBatchSize ?? 0;
    this.inputs = metadata.inputs;
    this.outputs = metadata.outputs;
    this.optionalInputs = new Set(
      config?.input.flatMap(({ name, optional }) => (optional ? name : [])) ?? [],
    );
  }

  /**
   * Runs the model once.
   * @param inputs by name
   * @returns outputs by name, in the declared shape (a last dimension of 1, which FIL leaves out, is added)
   * @throws TritonError
   */
  async infer(
    inputs: Readonly<Record<string, ModelInput>>,
    options: ModelInferOptions = {},
  ): Promise<ModelOutputs> {
    if (this.isDecoupled) throw this.unfit('is decoupled, its responses are read with inferStream');
    const response = await this.server.infer(this.request(inputs, options), options);
    return this.outputsOf(response);
  }

  /**
   * Runs the model once and yields its responses: none, one or many.
   * @throws TritonError for a failed call and for an error response
   */
  async *inferStream(
    inputs: Readonly<Record<string, ModelInput>>,
    options: ModelInferOptions = {},
  ): AsyncGenerator<ModelOutputs, void, undefined> {
    const request = this.request(inputs, options);
    const parameters = { triton_enable_empty_final_response: true, ...request.parameters };
    for await (const { output, isFinal } of this.server.streamInfer([{ ...request, parameters }], options)) {
      if (output instanceof TritonError) throw output;
      if (output.outputs.size > 0) yield this.outputsOf(output);
      if (isFinal === true || !this.isDecoupled) return;
    }
  }

  private request(inputs: Readonly<Record<string, ModelInput>>, options: ModelInferOptions): InferRequest {
    const { outputs, id = '', parameters = {} } = options;
    const unknownInput = Object.keys(inputs).find((name) => !this.inputs.some((spec) => spec.name === name));
    if (unknownInput !== undefined)
      throw this.unfit(`has no input ${unknownInput}, only ${namesOf(this.inputs)}`);
    const unknownOutput = outputs?.find((name) => !this.outputs.some((spec) => spec.name === name));
    if (unknownOutput !== undefined)
      throw this.unfit(`has no output ${unknownOutput}, only ${namesOf(this.outputs)}`);
    const tensors = this.inputs.flatMap((spec) => {
      const input = inputs[spec.name];
      if (input !== undefined) return this.tensor(spec, input);
      if (this.optionalInputs.has(spec.name)) return [];
      throw this.unfit(`input ${spec.name}: none, expected ${describe(spec)}`);
    });
    this.checkRows(tensors);
    return {
      modelName: this.name,
      modelVersion: this.version,
      id,
      parameters,
      inputs: tensors,
      ...(outputs === undefined ? {} : { outputs: outputs.map((name) => ({ name })) }),
    };
  }

  private tensor(spec: TensorMetadata, input: ModelInput): InferInput {
    const { data, shape } = 'data' in input ? input : { data: input, shape: undefined };
    const { name, datatype } = spec;
    if (!isDatatype(datatype)) throw this.unfit(`input ${name}: ${datatype} is no datatype of the protocol`);
    if (isSharedMemory(data)) {
      if (shape === undefined) throw this.unfit(`input ${name}: no shape, expected one for shared memory`);
      this.checkShape(spec, shape);
      return { name, datatype, shape, data };
    }
    const problem = dataProblem(datatype, data);
    if (problem !== undefined) throw this.unfit(`input ${name}: ${problem}`);
    const known = shape ?? this.inferShape(spec, datatype, data.length);
    this.checkShape(spec, known);
    const count = known.reduce((product, size) => product * size, 1);
    if (count !== data.length)
      throw this.unfit(
        `input ${name}: ${data.length} elements, expected ${count} for shape [${known.join(', ')}]`,
      );
    return { name, datatype, shape: known, data };
  }

  private inferShape(spec: TensorMetadata, datatype: Datatype, elementCount: number): number[] {
    const free = spec.shape.filter((size) => size < 0).length;
    const fixed = spec.shape.reduce((product, size) => (size < 0 ? product : product * size), 1);
    if (free > 1) throw this.unfit(`input ${spec.name}: no shape, expected one that fits ${describe(spec)}`);
    if (free === 1 && elementCount % fixed !== 0)
      throw this.unfit(
        `input ${spec.name}: ${elementCount} elements of ${datatype}, expected a multiple of ${fixed} for ${describe(spec)}`,
      );
    return spec.shape.map((size) => (size < 0 ? elementCount / fixed : size));
  }

  private checkShape(spec: TensorMetadata, shape: readonly number[]): void {
    const isFit =
      shape.length === spec.shape.length &&
      shape.every(
        (size, i) => Number.isInteger(size) && size >= 0 && [-1, size].includes(spec.shape[i] ?? 0),
      );
    if (!isFit)
      throw this.unfit(`input ${spec.name}: shape [${shape.join(', ')}], expected ${describe(spec)}`);
  }

  private checkRows(tensors: readonly InferInput[]): void {
    const [first] = tensors;
    const rowCount = first?.shape[0];
    if (this.maxBatchSize === 0 || first === undefined || rowCount === undefined) return;
    // Triton never answers some of these requests, and runs others as one row.
    if (rowCount === 0) throw this.unfit(`input ${first.name}: 0 rows, expected at least 1`);
    if (rowCount > this.maxBatchSize)
      throw this.unfit(`input ${first.name}: ${rowCount} rows, expected at most ${this.maxBatchSize}`);
    const other = tensors.find(({ shape }) => shape[0] !== rowCount);
    if (other === undefined) return;
    throw this.unfit(`input ${other.name}: ${other.shape[0]} rows, expected ${rowCount} as of ${first.name}`);
  }

  private outputsOf({ outputs }: InferResponse): ModelOutputs {
    return Object.fromEntries(
      [...outputs].map(([name, output]) => {
        const spec = this.outputs.find((candidate) => candidate.name === name);
        const isSqueezed = spec?.shape.at(-1) === 1 && output.shape.length === spec.shape.length - 1;
        return [name, isSqueezed ? { ...output, shape: [...output.shape, 1] } : output];
      }),
    );
  }

  private unfit(problem: string): TritonError {
    return new TritonError('invalid_argument', `model ${this.name}: ${problem}`);
  }
}

function describe({ datatype, shape }: TensorMetadata): string {
  return `${datatype} [${shape.join(', ')}]`;
}

function namesOf(tensors: readonly TensorMetadata[]): string {
  return tensors.map(({ name }) => name).join(', ');
}
