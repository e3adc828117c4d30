import protobuf from 'protobufjs/minimal.js';
import type { Datatype, TensorData } from './datatypes.js';
import { FIELD_NUMBER } from './generated/fields.js';
import { bytesTag, type Parameters, writeParameters, writeString } from './infer-parameters.js';
import { checkRequestValues } from './request-values.js';
import { toRawContents } from './raw-contents.js';

/** Part of a registered region of shared memory. */
export interface SharedMemorySlice {
  /** Name the region was registered under. */
  readonly region: string;
  /** Default 0. */
  readonly byteOffset?: number;
  readonly byteLength: number;
}

/** One input of a request; the elements are sent along, or lie in shared memory. */
export interface InferInput {
  readonly name: string;
  readonly datatype: Datatype;
  /** The batch axis first, where the model has one. */
  readonly shape: readonly number[];
  readonly data: TensorData | SharedMemorySlice;
  readonly parameters?: Parameters;
}

/** One requested output. */
export interface RequestedOutput {
  readonly name: string;
  /** Region that the server writes the output to. Default: the output is part of the response. */
  readonly sharedMemory?: SharedMemorySlice;
  readonly parameters?: Parameters;
}

/** An inference.ModelInferRequest. */
export interface InferRequest {
  readonly modelName: string;
  /** Default: the version that the server chooses. */
  readonly modelVersion?: string;
  /** Comes back with the response. */
  readonly id?: string;
  readonly parameters?: Parameters;
  readonly inputs: readonly InferInput[];
  /** Default: all outputs. */
  readonly outputs?: readonly RequestedOutput[];
}

/** True if the elements of an input are in shared memory. */
export function isSharedMemory(data: InferInput['data']): data is SharedMemorySlice {
  return 'region' in data;
}

const {
  ModelInferRequest: REQUEST,
  ModelInferRequest_InferInputTensor: INPUT,
  ModelInferRequest_InferRequestedOutputTensor: OUTPUT,
} = FIELD_NUMBER;

/**
 * Encodes a request: elements as raw contents, copied once from the caller's arrays into the message.
 * @param allocate memory for the message. Default: new memory
 * @throws TritonError invalid_argument for data that is not of its datatype, and for values that the encoding cannot hold
 */
export function encodeInferRequest(
  request: InferRequest,
  allocate: (byteLength: number) => Buffer = (byteLength) => Buffer.allocUnsafe(byteLength),
): Buffer {
  checkRequestValues(request);
  const chunks = [writeHead(request).finish()];
  for (const { name, datatype, data } of request.inputs) {
    if (isSharedMemory(data)) continue;
    const contents = toRawContents(name, datatype, data);
    const tag = bytesTag(REQUEST.rawInputContents);
    chunks.push(protobuf.Writer.create().uint32(tag).uint32(contents.byteLength).finish(), contents);
  }
  const message = allocate(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    message.set(chunk, at);
    at += chunk.byteLength;
  }
  return message;
}

/** All of a request but the elements of its inputs. */
function writeHead(request: InferRequest): protobuf.Writer {
  const { modelName, modelVersion = '', id = '', parameters, inputs, outputs = [] } = request;
  const writer = protobuf.Writer.create();
  writeString(writer, REQUEST.modelName, modelName);
  writeString(writer, REQUEST.modelVersion, modelVersion);
  writeString(writer, REQUEST.id, id);
  writeParameters(writer, REQUEST.parameters, parameters);
  for (const input of inputs) writeInput(writer, input);
  for (const output of outputs) writeOutput(writer, output);
  return writer;
}

function writeInput(writer: protobuf.Writer, { name, datatype, shape, data, parameters }: InferInput): void {
  writer.uint32(bytesTag(REQUEST.inputs)).fork();
  writeString(writer, INPUT.name, name);
  writeString(writer, INPUT.datatype, datatype);
  writer.uint32(bytesTag(INPUT.shape)).fork();
  for (const size of shape) writer.int64(size);
  writer.ldelim();
  writeParameters(writer, INPUT.parameters, parameters);
  if (isSharedMemory(data)) writeParameters(writer, INPUT.parameters, sharedMemoryParameters(data));
  writer.ldelim();
}

function writeOutput(writer: protobuf.Writer, { name, sharedMemory, parameters }: RequestedOutput): void {
  writer.uint32(bytesTag(REQUEST.outputs)).fork();
  writeString(writer, OUTPUT.name, name);
  writeParameters(writer, OUTPUT.parameters, parameters);
  if (sharedMemory !== undefined)
    writeParameters(writer, OUTPUT.parameters, sharedMemoryParameters(sharedMemory));
  writer.ldelim();
}

function sharedMemoryParameters({ region, byteOffset = 0, byteLength }: SharedMemorySlice): Parameters {
  return {
    shared_memory_region: region,
    shared_memory_byte_size: byteLength,
    ...(byteOffset === 0 ? {} : { shared_memory_offset: byteOffset }),
  };
}
