export type { AnswerFault, ModelCounts, ModelScript } from './model-script.js';
export type { FakeInputs, FakeTensor } from './fake-inputs.js';
export type {
  FakeModel,
  FakeModelConfig,
  FakeOutput,
  FakeOutputs,
  FakeQueuePolicy,
  FakeRunContext,
  FakeTensorConfig,
} from './fake-model.js';
export { FakeTriton, type FakeTritonOptions, type FakeTritonTls } from './fake-triton.js';
export { FakeTritonError, type TritonStatus } from './fake-triton-error.js';
export { goldenModel, type GoldenRows, type GoldenTensors } from './golden-model.js';
export type { ReceivedMessage } from './grpc-endpoint.js';
export { identityModel, type IdentityModelOptions } from './identity-model.js';
export type { ModelControl } from './repository-methods.js';
