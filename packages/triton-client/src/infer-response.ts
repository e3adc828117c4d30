import protobuf from 'protobufjs/minimal.js';
import { type Datatype, isDatatype, type TensorData } from './datatypes.js';
import { FIELD_NUMBER } from './generated/fields.js';
import { type Parameters, type ParameterValue, readParameterEntry, readPart } from './infer-parameters.js';
import { fromRawContents } from './raw-contents.js';
import { rawOfTypedContents } from './typed-contents.js';
import { TritonError } from './triton-error.js';

/** One output of a response. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** As the server tells it: FIL leaves out a last dimension of 1. */
  readonly shape: readonly number[];
  /** Empty for an output in shared memory. A view of the response's bytes where they are aligned. */
  readonly data: TensorData;
  readonly parameters: Parameters;
}

/** An inference.ModelInferResponse. */
export interface InferResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly parameters: Parameters;
  /** By name. */
  readonly outputs: ReadonlyMap<string, OutputTensor>;
}

/** An output before its elements are looked at. */
export interface RawOutput extends Omit<OutputTensor, 'data'> {
  /** A view of the response's bytes; empty for an output in shared memory. */
  readonly bytes: Uint8Array;
}

/** A response before the elements of its outputs are looked at. */
export interface RawResponse extends Omit<InferResponse, 'outputs'> {
  readonly outputs: ReadonlyMap<string, RawOutput>;
}

const { ModelInferResponse: RESPONSE, ModelInferResponse_InferOutputTensor: OUTPUT } = FIELD_NUMBER;

/**
 * Decodes a response; outputs are found by name, never by place.
 * @param sharedOutputs names of the outputs that were asked for in shared memory: nothing in a response tells them
 * @throws TritonError internal for bytes that are no response, or contents that do not fit their shape
 */
export function decodeInferResponse(
  bytes: Uint8Array,
  sharedOutputs: ReadonlySet<string> = new Set(),
): InferResponse {
  const { outputs, ...response } = decodeRawResponse(bytes);
  return {
    ...response,
    outputs: new Map(
      [...outputs].map(([name, { bytes: contents, ...output }]) => {
        const data = fromRawContents(name, output.datatype, contents);
        if (contents.byteLength > 0 || !sharedOutputs.has(name)) checkElementCount(output, data.length);
        return [name, { ...output, data }];
      }),
    ),
  };
}

/** Decodes a response and leaves the contents as they are. @throws TritonError internal for bytes that are no response */
export function decodeRawResponse(bytes: Uint8Array): RawResponse {
  try {
    return readResponse(protobuf.Reader.create(bytes));
  } catch (error) {
    if (error instanceof TritonError) throw error;
    throw new TritonError('internal', 'the server answered with bytes that are no ModelInferResponse', error);
  }
}

function readResponse(reader: protobuf.Reader): RawResponse {
  const response = { modelName: '', modelVersion: '', id: '', parameters: {} };
  const heads: OutputHead[] = [];
  const contents: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case RESPONSE.modelName:
        response.modelName = reader.string();
        break;
      case RESPONSE.modelVersion:
        response.modelVersion = reader.string();
        break;
      case RESPONSE.id:
        response.id = reader.string();
        break;
      case RESPONSE.parameters:
        Object.assign(response.parameters, readParameterEntry(reader));
        break;
      case RESPONSE.outputs:
        heads.push(readOutput(reader));
        break;
      case RESPONSE.rawOutputContents:
        contents.push(reader.bytes());
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  const none = new Uint8Array(0);
  return {
    ...response,
    outputs: new Map(
      heads.map(({ typedBytes, ...head }, i) => [
        head.name,
        { ...head, bytes: typedBytes ?? contents[i] ?? none },
      ]),
    ),
  };
}

/** An output without raw contents, which follow all outputs. */
interface OutputHead extends Omit<RawOutput, 'bytes'> {
  /** Elements that came as a typed list, as raw contents. */
  readonly typedBytes: Uint8Array | undefined;
}

function readOutput(reader: protobuf.Reader): OutputHead {
  let typed: Uint8Array | undefined;
  let name = '';
  let datatype = '';
  const shape: number[] = [];
  const parameters: Record<string, ParameterValue> = {};
  readPart(reader, () => {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case OUTPUT.name:
        name = reader.string();
        break;
      case OUTPUT.datatype:
        datatype = reader.string();
        break;
      case OUTPUT.shape:
        readShape(reader, tag & 7, shape);
        break;
      case OUTPUT.parameters:
        Object.assign(parameters, readParameterEntry(reader));
        break;
      case OUTPUT.contents:
        typed = reader.bytes();
        break;
      default:
        reader.skipType(tag & 7);
    }
  });
  if (!isDatatype(datatype))
    throw new TritonError(
      'internal',
      `output ${name}: datatype "${datatype}", which is none of the protocol`,
    );
  const typedBytes = typed === undefined ? undefined : rawOfTypedContents(name, datatype, typed);
  return { name, datatype, shape, parameters, typedBytes };
}

/** Packed or not, as the encoding allows. */
function readShape(reader: protobuf.Reader, wireType: number, shape: number[]): void {
  if (wireType !== 2) {
    shape.push(Number(reader.int64()));
    return;
  }
  readPart(reader, () => shape.push(Number(reader.int64())));
}

function checkElementCount({ name, datatype, shape }: Omit<RawOutput, 'bytes'>, elementCount: number): void {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (elementCount === expected) return;
  const seen = `${elementCount} elements of ${datatype}`;
  throw new TritonError(
    'internal',
    `output ${name}: ${seen}, expected ${expected} for shape [${shape.join(', ')}]`,
  );
}
