import type {
  CudaSharedMemoryStatusResponse_RegionStatus,
  ModelEnsembling_Step,
  ModelMetadataResponse,
  ModelMetadataResponse_TensorMetadata,
  ModelQueuePolicy,
  ModelSequenceBatching,
  ModelStatistics as ModelStatisticsMessage,
  RepositoryIndexResponse_ModelIndex,
  ServerMetadataResponse,
  SystemSharedMemoryStatusResponse_RegionStatus,
} from './generated/messages.js';

export type { ModelConfig } from './generated/messages.js';

/** Name, version and extensions of a server. */
export type ServerMetadata = ServerMetadataResponse;
/** Name, loaded versions, inputs and outputs of a model. */
export type ModelMetadata = ModelMetadataResponse;
/** Name, type and shape of an input or output. */
export type TensorMetadata = ModelMetadataResponse_TensorMetadata;
/** Counters of one version of a model since it was loaded. */
export type ModelStatistics = ModelStatisticsMessage;
/** State of one version of a model in the repositories. */
export type RepositoryModel = RepositoryIndexResponse_ModelIndex;
/** A region of system shared memory. */
export type SystemSharedMemoryRegion = SystemSharedMemoryStatusResponse_RegionStatus;
/** A region of GPU memory. */
export type CudaSharedMemoryRegion = CudaSharedMemoryStatusResponse_RegionStatus;
/** Log settings by name. */
export type LogSettings = Readonly<Record<string, boolean | number | string>>;
/** How long, and how many, requests may be queued for a model. */
export type QueuePolicy = ModelQueuePolicy;
/** One model of an ensemble, with the ensemble tensors of its inputs and outputs. */
export type EnsembleStep = ModelEnsembling_Step;
/** How requests of one sequence reach one instance. A model with it has no dynamic batching. */
export type SequenceBatching = ModelSequenceBatching;
