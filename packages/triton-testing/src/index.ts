export type { AnswerFault, ModelCounts, ModelScript } from './models/model-script.js';
export type { FakeInputs, FakeTensor } from './tensors/fake-inputs.js';
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
export { goldenModel, type GoldenRows, type GoldenTensors } from './models/golden-model.js';
export type { ReceivedMessage } from './network/grpc-endpoint.js';
export { identityModel, type IdentityModelOptions } from './models/identity-model.js';
export type { ModelControl } from './methods/repository-methods.js';
