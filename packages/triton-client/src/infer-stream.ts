import protobuf from 'protobufjs/minimal.js';
import { FIELD_NUMBER } from './generated/fields.js';
import { decodeInferResponse, type InferResponse } from './infer-response.js';
import { TritonError } from './triton-error.js';

/** One message of a ModelStreamInfer call. */
export interface StreamAnswer {
  /** `id` of the request it answers. */
  readonly id: string;
  /**
   * The response, or the error of the request. Errors of a stream have a text and no code: their kind is `internal` if the text
   * does not determine it.
   */
  readonly output: InferResponse | TritonError;
  /** True for the last answer to its request; undefined if the server does not report it. */
  readonly isFinal: boolean | undefined;
}

/**
 * Decodes an inference.ModelStreamInferResponse.
 * @param sharedOutputs names of the outputs that were asked for in shared memory
 * @throws TritonError internal for bytes that are none
 */
export function decodeStreamAnswer(bytes: Uint8Array, sharedOutputs: ReadonlySet<string>): StreamAnswer {
  const { errorMessage, response } = readAnswer(bytes);
  const decoded = decodeInferResponse(response, sharedOutputs);
  const final = decoded.parameters['triton_final_response'];
  return {
    id: decoded.id,
    output: errorMessage === '' ? decoded : TritonError.fromText(errorMessage),
    isFinal: typeof final === 'boolean' ? final : undefined,
  };
}

function readAnswer(bytes: Uint8Array): { errorMessage: string; response: Uint8Array } {
  const reader = protobuf.Reader.create(bytes);
  let errorMessage = '';
  let response: Uint8Array = new Uint8Array(0);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag >>> 3 === FIELD_NUMBER.ModelStreamInferResponse.errorMessage) errorMessage = reader.string();
      else if (tag >>> 3 === FIELD_NUMBER.ModelStreamInferResponse.inferResponse) response = reader.bytes();
      else reader.skipType(tag & 7);
    }
  } catch (error) {
    const problem = 'the server answered with bytes that are no ModelStreamInferResponse';
    throw new TritonError('internal', problem, error);
  }
  return { errorMessage, response };
}
