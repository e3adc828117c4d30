export { ARRAY_TYPES, type Datatype, isDatatype, type TensorData } from './datatypes.js';
export { encodeInferRequest } from './infer-request.js';
export { decodeRawResponse } from './infer-response.js';
export type {
  InferParameter,
  InferTensorContents,
  ModelInferRequest,
  ModelInferRequest_InferInputTensor,
  ModelInferRequest_InferRequestedOutputTensor,
  ModelInput,
  ModelOutput,
} from './generated/messages.js';
export {
  decodeRequest,
  INFERENCE_MESSAGES,
  inferenceMethod,
  type InferenceMethodName,
  inferencePath,
  inferenceType,
  METHOD_NAMES,
  OBJECT_OPTIONS,
  type RequestOf,
  type ResponseOf,
} from './inference-service.js';
export { fromRawContents, toRawContents } from './raw-contents.js';
export type { EnsembleStep, ModelConfig, QueuePolicy, SequenceBatching } from './server-messages.js';
