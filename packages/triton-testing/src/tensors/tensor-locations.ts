import { invalidArgument } from '../fake-triton-error.js';
import type { InferMessage, ParameterMessages, RequestedOutputMessage } from '../inference/infer-message.js';
import { rawOfContents } from './explicit-contents.js';
import type { SharedMemoryTable, SharedMemoryUse } from '../methods/shared-memory-table.js';

/** An input with its bytes, from the message or from shared memory. */
export interface LocatedInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A requested output with its destination. */
export interface LocatedOutput {
  readonly name: string;
  /** Destination in shared memory; undefined: the answer. */
  readonly sharedMemory: SharedMemoryUse | undefined;
  /** Number of largest elements to return instead of all elements. */
  readonly classCount: number | undefined;
}

const REGION = 'shared_memory_region';
const OFFSET = 'shared_memory_offset';
const SIZE = 'shared_memory_byte_size';

/** Locations of a request's tensors. Parts of shared memory are in use until disposed. */
export class TensorLocations implements Disposable {
  readonly inputs: readonly LocatedInput[];
  readonly outputs: readonly LocatedOutput[];
  private readonly uses: SharedMemoryUse[] = [];

  /** @throws FakeTritonError for a tensor without data, with data twice, or outside of its region */
  constructor(
    request: InferMessage,
    private readonly sharedMemory: SharedMemoryTable,
  ) {
    try {
      this.inputs = this.locateInputs(request);
      this.outputs = request.outputs.map((output) => this.locateOutput(output));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const use of this.uses.splice(0)) use.release();
  }

  private locateInputs({ inputs, rawInputContents, modelName }: InferMessage): LocatedInput[] {
    let rawAt = 0;
    return inputs.map((input) => {
      const { name, datatype, parameters, contents } = input;
      const shape = input.shape.map(Number);
      const use = this.take(name, parameters);
      const locate = (bytes: Uint8Array): LocatedInput => ({ name, datatype, shape, bytes });
      if (use !== undefined) {
        if (contents !== null)
          throw invalidArgument(
            `unexpected 'content' provided when using shared memory for input tensor '${name}' for model '${modelName}'`,
          );
        return locate(use.read());
      }
      if (contents !== null && rawInputContents.length > 0)
        throw invalidArgument(
          `contents field must not be specified when using raw_input_contents for '${name}' for model '${modelName}'`,
        );
      if (contents !== null) return locate(rawOfContents(input, contents, modelName));
      const raw = rawInputContents[rawAt];
      rawAt += 1;
      if (raw !== undefined) return locate(raw);
      throw invalidArgument(
        `unable to find data for input tensor '${name}' for model '${modelName}' in request.`,
      );
    });
  }

  private locateOutput({ name, parameters }: RequestedOutputMessage): LocatedOutput {
    const sharedMemory = this.take(name, parameters);
    const classification = parameters['classification'];
    if (classification === undefined) return { name, sharedMemory, classCount: undefined };
    const { int64Param } = classification;
    if (int64Param === undefined)
      throw invalidArgument("invalid value type for 'classification' parameter, expected int64_param");
    if (Number(int64Param) <= 0)
      throw invalidArgument("invalid value for 'classification' parameter, expected >= 0");
    if (sharedMemory !== undefined)
      throw invalidArgument(`output can't set both '${REGION}' and 'classification'`);
    return { name, sharedMemory, classCount: Number(int64Param) };
  }

  private take(tensor: string, parameters: ParameterMessages): SharedMemoryUse | undefined {
    const region = parameters[REGION];
    const ends = [OFFSET, SIZE].map((name) => {
      const parameter = parameters[name];
      if (parameter === undefined) return undefined;
      if (region === undefined)
        throw invalidArgument(
          `'${name}' can not be specified without '${REGION}' parameter for tensor '${tensor}'`,
        );
      if (parameter.int64Param === undefined) throw wrongType(name, tensor, 'int64_param');
      return Number(parameter.int64Param);
    });
    if (region === undefined) return undefined;
    if (region.stringParam === undefined) throw wrongType(REGION, tensor, 'string_param');
    const [byteOffset = 0, byteSize] = ends;
    if (byteSize === undefined)
      throw invalidArgument(
        `'${SIZE}' must be specified along with '${REGION}' parameter for tensor '${tensor}'`,
      );
    const use = this.sharedMemory.take(region.stringParam, byteOffset, byteSize);
    this.uses.push(use);
    return use;
  }
}

function wrongType(parameter: string, tensor: string, expected: string): Error {
  return invalidArgument(
    `invalid value type for '${parameter}' parameter for tensor '${tensor}', expected ${expected}.`,
  );
}
