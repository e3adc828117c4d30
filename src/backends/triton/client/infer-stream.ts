import protobuf from 'protobufjs';
import { decodeInferResponse, type InferResponse } from './infer-response.js';
import { TritonError } from './triton-error.js';

/** One message of a ModelStreamInfer call. */
export interface StreamAnswer {
  /** `id` of the request it answers. */
  readonly id: string;
  /**
   * The response, or why the request failed. Errors of a stream carry a text and no code: their kind is `internal` where the
   * text does not tell it.
   */
  readonly output: InferResponse | TritonError;
  /** Whether it is the last answer to its request; undefined where the server does not tell. */
  readonly isFinal: boolean | undefined;
}

const ERROR_MESSAGE = 1;
const INFER_RESPONSE = 2;

/** Decodes an inference.ModelStreamInferResponse. @throws TritonError internal for bytes that are none */
export function decodeStreamAnswer(bytes: Uint8Array): StreamAnswer {
  const reader = protobuf.Reader.create(bytes);
  let errorMessage = '';
  let response: Uint8Array = new Uint8Array(0);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === ERROR_MESSAGE) errorMessage = reader.string();
    else if (tag >>> 3 === INFER_RESPONSE) response = reader.bytes();
    else reader.skipType(tag & 7);
  }
  const decoded = decodeInferResponse(response);
  const final = decoded.parameters['triton_final_response'];
  return {
    id: decoded.id,
    output: errorMessage === '' ? decoded : TritonError.fromText(errorMessage),
    isFinal: typeof final === 'boolean' ? final : undefined,
  };
}
