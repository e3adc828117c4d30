export type { TlsOptions } from '@pairstream/grpc-channel';
export type { Datatype, TensorData, TensorDataByType } from './datatypes.js';
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.js';
export type { Parameters, ParameterValue } from './infer-parameters.js';
export type { InferInput, InferRequest, RequestedOutput, SharedMemorySlice } from './infer-request.js';
export type { InferResponse, OutputTensor, RawOutput, RawResponse } from './infer-response.js';
export type { StreamAnswer } from './infer-stream.js';
export type { TritonCallOptions } from './inference-calls.js';
export type { LoadOptions, ModelRepository } from './model-repository.js';
export type {
  CudaSharedMemoryRegion,
  ModelConfig,
  ModelMetadata,
  ModelStatistics,
  QueuePolicy,
  RepositoryModel,
  ServerMetadata,
  SystemSharedMemoryRegion,
  LogSettings,
  TensorMetadata,
} from './server-messages.js';
export type { ServerSettings, TraceSettings } from './server-settings.js';
export type {
  CudaRegistration,
  CudaSharedMemory,
  SystemRegistration,
  SystemSharedMemory,
} from './shared-memory.js';
export { TritonClient, type TritonClientOptions } from './triton-client.js';
export { TritonError, type TritonErrorKind } from './triton-error.js';
export type { ModelInferOptions, ModelInput, ModelOutputs, TritonModel } from './triton-model.js';
