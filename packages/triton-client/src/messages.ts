export { ARRAY_TYPES, type Datatype, isDatatype, type TensorData } from './datatypes.js';
export { encodeInferRequest } from './infer-request.js';
export { decodeRawResponse } from './infer-response.js';
export { inferenceMethod, inferencePath, inferenceType, OBJECT_OPTIONS } from './inference-service.js';
export {
  type EnsembleStep,
  type ModelConfig,
  modelConfigSchema,
  type QueuePolicy,
  type SequenceBatching,
} from './model-config.js';
export { fromRawContents, toRawContents } from './raw-contents.js';
