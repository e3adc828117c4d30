import {
  INFERENCE_MESSAGES,
  type InferParameter,
  type InferTensorContents,
  type ModelInferRequest,
  type ModelInferRequest_InferInputTensor,
  type ModelInferRequest_InferRequestedOutputTensor,
} from '@pairstream/triton-client/messages';
import { FakeTritonError } from '../fake-triton-error.js';

/** An inference.InferParameter: at most one of the fields is set. 64-bit integers are decimal text, here and below. */
export type ParameterMessage = InferParameter<string>;
/** Parameters by name, as they came. */
export type ParameterMessages = Readonly<Record<string, ParameterMessage>>;
/** An inference.InferTensorContents. */
export type ContentsMessage = InferTensorContents<string>;
/** One input of an inference.ModelInferRequest. */
export type InputMessage = ModelInferRequest_InferInputTensor<string>;
/** One requested output of an inference.ModelInferRequest. */
export type RequestedOutputMessage = ModelInferRequest_InferRequestedOutputTensor<string>;
/** An inference.ModelInferRequest. */
export type InferMessage = ModelInferRequest<string>;

/** Decodes a request by reflection, not by the client's own code. @throws FakeTritonError INTERNAL for bytes that are none */
export function decodeInferMessage(bytes: Uint8Array): InferMessage {
  try {
    return INFERENCE_MESSAGES.decodeExact('inference.ModelInferRequest', bytes);
  } catch {
    throw new FakeTritonError('INTERNAL', 'Unable to parse request');
  }
}
