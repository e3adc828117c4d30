// Generated from proto/ by scripts/generate-wire.ts. Do not edit; run `make docs`.

export interface ServerLiveRequest {
}

export interface ServerLiveResponse {
  readonly live: boolean;
}

export interface ServerReadyRequest {
}

export interface ServerReadyResponse {
  readonly ready: boolean;
}

export interface ModelReadyRequest {
  readonly name: string;
  /** Empty: the version that the server would choose. So in all messages. */
  readonly version: string;
}

export interface ModelReadyResponse {
  readonly ready: boolean;
}

export interface ServerMetadataRequest {
}

export interface ServerMetadataResponse {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface ModelMetadataRequest {
  readonly name: string;
  readonly version: string;
}

export interface ModelMetadataResponse<Int64 = number> {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly ModelMetadataResponse_TensorMetadata<Int64>[];
  readonly outputs: readonly ModelMetadataResponse_TensorMetadata<Int64>[];
}

export interface ModelMetadataResponse_TensorMetadata<Int64 = number> {
  readonly name: string;
  /** BOOL, UINT8 .. UINT64, INT8 .. INT64, FP16, FP32, FP64, BF16 or BYTES. */
  readonly datatype: string;
  /** -1 is a dimension of any size. */
  readonly shape: readonly Int64[];
}

/**
 * A named parameter of a request, a tensor or a response. Among those with a meaning: priority and timeout (microseconds,
 * int64) of a request; shared_memory_region, shared_memory_offset and shared_memory_byte_size of a tensor;
 * triton_final_response of a response.
 */
export interface InferParameter<Int64 = number> {
  readonly boolParam?: boolean;
  readonly int64Param?: Int64;
  readonly stringParam?: string;
  readonly doubleParam?: number;
  readonly uint64Param?: Int64;
}

/** Tensor elements as typed lists. Pairstream sends and reads raw bytes instead. */
export interface InferTensorContents<Int64 = number> {
  readonly boolContents: readonly boolean[];
  readonly intContents: readonly number[];
  readonly int64Contents: readonly Int64[];
  readonly uintContents: readonly number[];
  readonly uint64Contents: readonly Int64[];
  readonly fp32Contents: readonly number[];
  readonly fp64Contents: readonly number[];
  readonly bytesContents: readonly Uint8Array[];
}

/** A request. */
export interface ModelInferRequest<Int64 = number> {
  readonly modelName: string;
  readonly modelVersion: string;
  /** Comes back with the response. */
  readonly id: string;
  readonly parameters: Readonly<Record<string, InferParameter<Int64>>>;
  readonly inputs: readonly ModelInferRequest_InferInputTensor<Int64>[];
  /** Empty: all outputs. */
  readonly outputs: readonly ModelInferRequest_InferRequestedOutputTensor<Int64>[];
  /**
   * One entry per input that is not in shared memory, in the order of `inputs`: row-major, little-endian, without padding. An
   * element of BYTES is its length in 4 bytes and then its bytes. Excludes `contents` of every input.
   */
  readonly rawInputContents: readonly Uint8Array[];
}

export interface ModelInferRequest_InferInputTensor<Int64 = number> {
  readonly name: string;
  readonly datatype: string;
  /** The batch axis first, where the model has one. */
  readonly shape: readonly Int64[];
  readonly parameters: Readonly<Record<string, InferParameter<Int64>>>;
  readonly contents: InferTensorContents<Int64> | null;
}

export interface ModelInferRequest_InferRequestedOutputTensor<Int64 = number> {
  readonly name: string;
  readonly parameters: Readonly<Record<string, InferParameter<Int64>>>;
}

export interface ModelInferResponse<Int64 = number> {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, InferParameter<Int64>>>;
  readonly outputs: readonly ModelInferResponse_InferOutputTensor<Int64>[];
  /** One entry per output, in the order of `outputs`; empty for outputs in shared memory. */
  readonly rawOutputContents: readonly Uint8Array[];
}

export interface ModelInferResponse_InferOutputTensor<Int64 = number> {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly Int64[];
  readonly parameters: Readonly<Record<string, InferParameter<Int64>>>;
  readonly contents: InferTensorContents<Int64> | null;
}

export interface ModelStreamInferResponse<Int64 = number> {
  /** Not empty: the request whose id is in infer_response failed. The stream lives on. */
  readonly errorMessage: string;
  readonly inferResponse: ModelInferResponse<Int64> | null;
}

export interface ModelConfigRequest {
  readonly name: string;
  readonly version: string;
}

export interface ModelConfigResponse<Int64 = number> {
  readonly config: ModelConfig<Int64> | null;
}

export interface ModelStatisticsRequest {
  readonly name: string;
  readonly version: string;
}

/** How often something happened, and how long it took in all. */
export interface StatisticDuration<Int64 = number> {
  readonly count: Int64;
  readonly ns: Int64;
}

export interface InferStatistics<Int64 = number> {
  readonly success: StatisticDuration<Int64> | null;
  readonly fail: StatisticDuration<Int64> | null;
  /** Time in the scheduler, in requests. */
  readonly queue: StatisticDuration<Int64> | null;
  readonly computeInput: StatisticDuration<Int64> | null;
  readonly computeInfer: StatisticDuration<Int64> | null;
  readonly computeOutput: StatisticDuration<Int64> | null;
  readonly cacheHit: StatisticDuration<Int64> | null;
  readonly cacheMiss: StatisticDuration<Int64> | null;
}

/** Responses of decoupled models. */
export interface InferResponseStatistics<Int64 = number> {
  readonly computeInfer: StatisticDuration<Int64> | null;
  readonly computeOutput: StatisticDuration<Int64> | null;
  readonly success: StatisticDuration<Int64> | null;
  readonly fail: StatisticDuration<Int64> | null;
  readonly emptyResponse: StatisticDuration<Int64> | null;
  readonly cancel: StatisticDuration<Int64> | null;
}

export interface InferBatchStatistics<Int64 = number> {
  readonly batchSize: Int64;
  readonly computeInput: StatisticDuration<Int64> | null;
  readonly computeInfer: StatisticDuration<Int64> | null;
  readonly computeOutput: StatisticDuration<Int64> | null;
}

export interface MemoryUsage<Int64 = number> {
  readonly type: string;
  readonly id: Int64;
  readonly byteSize: Int64;
}

export interface ModelStatistics<Int64 = number> {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly lastInference: Int64;
  /** Rows: a request of a batch of n counts n. */
  readonly inferenceCount: Int64;
  /** Runs of the model: inference_count / execution_count is the mean batch. */
  readonly executionCount: Int64;
  readonly inferenceStats: InferStatistics<Int64> | null;
  readonly batchStats: readonly InferBatchStatistics<Int64>[];
  readonly memoryUsage: readonly MemoryUsage<Int64>[];
  readonly responseStats: Readonly<Record<string, InferResponseStatistics<Int64>>>;
}

export interface ModelStatisticsResponse<Int64 = number> {
  readonly modelStats: readonly ModelStatistics<Int64>[];
}

/** For a load: `config` (a configuration as JSON, string) and `file:<version>/<name>` (contents, bytes). */
export interface ModelRepositoryParameter<Int64 = number> {
  readonly boolParam?: boolean;
  readonly int64Param?: Int64;
  readonly stringParam?: string;
  readonly bytesParam?: Uint8Array;
}

export interface RepositoryIndexRequest {
  readonly repositoryName: string;
  /** Only models that are ready. */
  readonly ready: boolean;
}

export interface RepositoryIndexResponse {
  readonly models: readonly RepositoryIndexResponse_ModelIndex[];
}

export interface RepositoryIndexResponse_ModelIndex {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  /** Why a model is in its state, where it has failed or was unloaded. */
  readonly reason: string;
}

export interface RepositoryModelLoadRequest<Int64 = number> {
  readonly repositoryName: string;
  readonly modelName: string;
  readonly parameters: Readonly<Record<string, ModelRepositoryParameter<Int64>>>;
}

export interface RepositoryModelLoadResponse {
}

export interface RepositoryModelUnloadRequest<Int64 = number> {
  readonly repositoryName: string;
  readonly modelName: string;
  readonly parameters: Readonly<Record<string, ModelRepositoryParameter<Int64>>>;
}

export interface RepositoryModelUnloadResponse {
}

export interface SystemSharedMemoryStatusRequest {
  readonly name: string;
}

export interface SystemSharedMemoryStatusResponse<Int64 = number> {
  readonly regions: Readonly<Record<string, SystemSharedMemoryStatusResponse_RegionStatus<Int64>>>;
}

export interface SystemSharedMemoryStatusResponse_RegionStatus<Int64 = number> {
  readonly name: string;
  readonly key: string;
  readonly offset: Int64;
  readonly byteSize: Int64;
}

export interface SystemSharedMemoryRegisterRequest<Int64 = number> {
  /** What requests call the region. */
  readonly name: string;
  /** Name of the file in /dev/shm, with a slash in front. */
  readonly key: string;
  /** Byte of the file at which the region begins. */
  readonly offset: Int64;
  readonly byteSize: Int64;
}

export interface SystemSharedMemoryRegisterResponse {
}

export interface SystemSharedMemoryUnregisterRequest {
  /** Empty: all regions. */
  readonly name: string;
}

export interface SystemSharedMemoryUnregisterResponse {
}

export interface CudaSharedMemoryStatusRequest {
  readonly name: string;
}

export interface CudaSharedMemoryStatusResponse<Int64 = number> {
  readonly regions: Readonly<Record<string, CudaSharedMemoryStatusResponse_RegionStatus<Int64>>>;
}

export interface CudaSharedMemoryStatusResponse_RegionStatus<Int64 = number> {
  readonly name: string;
  readonly deviceId: Int64;
  readonly byteSize: Int64;
}

export interface CudaSharedMemoryRegisterRequest<Int64 = number> {
  readonly name: string;
  /** A cudaIpcMemHandle_t. */
  readonly rawHandle: Uint8Array;
  readonly deviceId: Int64;
  readonly byteSize: Int64;
}

export interface CudaSharedMemoryRegisterResponse {
}

export interface CudaSharedMemoryUnregisterRequest {
  readonly name: string;
}

export interface CudaSharedMemoryUnregisterResponse {
}

export interface TraceSettingRequest {
  readonly settings: Readonly<Record<string, TraceSettingRequest_SettingValue>>;
  /** Empty: the settings of all models that have none of their own. */
  readonly modelName: string;
}

/** No value: back to the default. */
export interface TraceSettingRequest_SettingValue {
  readonly value: readonly string[];
}

export interface TraceSettingResponse {
  readonly settings: Readonly<Record<string, TraceSettingResponse_SettingValue>>;
}

export interface TraceSettingResponse_SettingValue {
  readonly value: readonly string[];
}

export interface LogSettingsRequest {
  readonly settings: Readonly<Record<string, LogSettingsRequest_SettingValue>>;
}

export interface LogSettingsRequest_SettingValue {
  readonly boolParam?: boolean;
  readonly uint32Param?: number;
  readonly stringParam?: string;
}

export interface LogSettingsResponse {
  readonly settings: Readonly<Record<string, LogSettingsResponse_SettingValue>>;
}

export interface LogSettingsResponse_SettingValue {
  readonly boolParam?: boolean;
  readonly uint32Param?: number;
  readonly stringParam?: string;
}

/** Element types. TYPE_STRING is BYTES elsewhere; all others have the name without TYPE_. */
export type DataType = 'TYPE_INVALID' | 'TYPE_BOOL' | 'TYPE_UINT8' | 'TYPE_UINT16' | 'TYPE_UINT32' | 'TYPE_UINT64' | 'TYPE_INT8' | 'TYPE_INT16' | 'TYPE_INT32' | 'TYPE_INT64' | 'TYPE_FP16' | 'TYPE_FP32' | 'TYPE_FP64' | 'TYPE_STRING' | 'TYPE_BF16';

/** Resources an instance needs to run, and its turn among those that wait for them. */
export interface ModelRateLimiter {
  readonly resources: readonly ModelRateLimiter_Resource[];
  readonly priority: number;
}

export interface ModelRateLimiter_Resource {
  readonly name: string;
  /** One for the whole server instead of one per device. */
  readonly global: boolean;
  readonly count: number;
}

/** Copies of a model, and where they run. */
export interface ModelInstanceGroup<Int64 = number> {
  readonly name: string;
  readonly kind: ModelInstanceGroup_Kind;
  readonly count: number;
  readonly rateLimiter: ModelRateLimiter | null;
  readonly gpus: readonly number[];
  readonly secondaryDevices: readonly ModelInstanceGroup_SecondaryDevice<Int64>[];
  /** TensorRT optimization profiles. */
  readonly profile: readonly string[];
  readonly passive: boolean;
  readonly hostPolicy: string;
}

/** KIND_AUTO is GPU where there is one and the backend can use it, else CPU. */
export type ModelInstanceGroup_Kind = 'KIND_AUTO' | 'KIND_GPU' | 'KIND_CPU' | 'KIND_MODEL';

export interface ModelInstanceGroup_SecondaryDevice<Int64 = number> {
  readonly kind: ModelInstanceGroup_SecondaryDevice_SecondaryDeviceKind;
  readonly deviceId: Int64;
}

export type ModelInstanceGroup_SecondaryDevice_SecondaryDeviceKind = 'KIND_NVDLA';

export interface ModelTensorReshape<Int64 = number> {
  readonly shape: readonly Int64[];
}

export interface ModelInput<Int64 = number> {
  readonly name: string;
  readonly dataType: DataType;
  readonly format: ModelInput_Format;
  /** Without the batch axis, when max_batch_size is not 0. */
  readonly dims: readonly Int64[];
  /** The shape the backend sees. */
  readonly reshape: ModelTensorReshape<Int64> | null;
  readonly isShapeTensor: boolean;
  readonly allowRaggedBatch: boolean;
  readonly optional: boolean;
  readonly isNonLinearFormatIo: boolean;
}

export type ModelInput_Format = 'FORMAT_NONE' | 'FORMAT_NHWC' | 'FORMAT_NCHW';

export interface ModelOutput<Int64 = number> {
  readonly name: string;
  readonly dataType: DataType;
  /** Without the batch axis, when max_batch_size is not 0. */
  readonly dims: readonly Int64[];
  readonly reshape: ModelTensorReshape<Int64> | null;
  /** Names of classes, a line each. */
  readonly labelFilename: string;
  readonly isShapeTensor: boolean;
  readonly isNonLinearFormatIo: boolean;
}

/** An input that the server makes of the batch itself, for ragged batches. */
export interface BatchInput {
  readonly kind: BatchInput_Kind;
  readonly targetName: readonly string[];
  readonly dataType: DataType;
  readonly sourceInput: readonly string[];
}

export type BatchInput_Kind = 'BATCH_ELEMENT_COUNT' | 'BATCH_ACCUMULATED_ELEMENT_COUNT' | 'BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO' | 'BATCH_MAX_ELEMENT_COUNT_AS_SHAPE' | 'BATCH_ITEM_SHAPE' | 'BATCH_ITEM_SHAPE_FLATTEN';

/** An output that the server takes apart by the shapes of an input. */
export interface BatchOutput {
  readonly targetName: readonly string[];
  readonly kind: BatchOutput_Kind;
  readonly sourceInput: readonly string[];
}

export type BatchOutput_Kind = 'BATCH_SCATTER_WITH_INPUT_SHAPE';

/** Which versions are loaded; by default the newest. */
export interface ModelVersionPolicy<Int64 = number> {
  readonly latest?: ModelVersionPolicy_Latest;
  readonly all?: ModelVersionPolicy_All;
  readonly specific?: ModelVersionPolicy_Specific<Int64>;
}

export interface ModelVersionPolicy_Latest {
  readonly numVersions: number;
}

export interface ModelVersionPolicy_All {
}

export interface ModelVersionPolicy_Specific<Int64 = number> {
  readonly versions: readonly Int64[];
}

export interface ModelOptimizationPolicy<Int64 = number> {
  readonly graph: ModelOptimizationPolicy_Graph | null;
  readonly priority: ModelOptimizationPolicy_ModelPriority;
  readonly cuda: ModelOptimizationPolicy_Cuda<Int64> | null;
  readonly executionAccelerators: ModelOptimizationPolicy_ExecutionAccelerators | null;
  readonly inputPinnedMemory: ModelOptimizationPolicy_PinnedMemoryBuffer | null;
  readonly outputPinnedMemory: ModelOptimizationPolicy_PinnedMemoryBuffer | null;
  readonly gatherKernelBufferThreshold: number;
  /** Start preparing a batch while it is still being put together. */
  readonly eagerBatching: boolean;
}

export type ModelOptimizationPolicy_ModelPriority = 'PRIORITY_DEFAULT' | 'PRIORITY_MAX' | 'PRIORITY_MIN';

export interface ModelOptimizationPolicy_Graph {
  /** 0: the default of the backend; what other levels mean is its own. */
  readonly level: number;
}

/** CUDA graphs. */
export interface ModelOptimizationPolicy_Cuda<Int64 = number> {
  readonly graphs: boolean;
  readonly busyWaitEvents: boolean;
  readonly graphSpec: readonly ModelOptimizationPolicy_Cuda_GraphSpec<Int64>[];
  readonly outputCopyStream: boolean;
}

export interface ModelOptimizationPolicy_Cuda_GraphSpec<Int64 = number> {
  readonly batchSize: number;
  readonly input: Readonly<Record<string, ModelOptimizationPolicy_Cuda_GraphSpec_Shape<Int64>>>;
  readonly graphLowerBound: ModelOptimizationPolicy_Cuda_GraphSpec_LowerBound<Int64> | null;
}

export interface ModelOptimizationPolicy_Cuda_GraphSpec_Shape<Int64 = number> {
  readonly dim: readonly Int64[];
}

export interface ModelOptimizationPolicy_Cuda_GraphSpec_LowerBound<Int64 = number> {
  readonly batchSize: number;
  readonly input: Readonly<Record<string, ModelOptimizationPolicy_Cuda_GraphSpec_Shape<Int64>>>;
}

/** Engines inside an engine: TensorRT or CUDA for ONNX on a GPU, OpenVINO on a CPU. */
export interface ModelOptimizationPolicy_ExecutionAccelerators {
  readonly gpuExecutionAccelerator: readonly ModelOptimizationPolicy_ExecutionAccelerators_Accelerator[];
  readonly cpuExecutionAccelerator: readonly ModelOptimizationPolicy_ExecutionAccelerators_Accelerator[];
}

export interface ModelOptimizationPolicy_ExecutionAccelerators_Accelerator {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface ModelOptimizationPolicy_PinnedMemoryBuffer {
  readonly enable: boolean;
}

/** How long and how many requests may wait. It counts requests, not rows, and holds with dynamic batching only. */
export interface ModelQueuePolicy<Int64 = number> {
  readonly timeoutAction: ModelQueuePolicy_TimeoutAction;
  /** 0: no timeout at all, not even one that a request brings. */
  readonly defaultTimeoutMicroseconds: Int64;
  /** Whether a request's own timeout counts; only a smaller one does. */
  readonly allowTimeoutOverride: boolean;
  /** 0: no bound. */
  readonly maxQueueSize: number;
}

/** REJECT answers UNAVAILABLE; DELAY lets the request wait behind those that are in time. */
export type ModelQueuePolicy_TimeoutAction = 'REJECT' | 'DELAY';

/** Merges requests into batches; it never splits one. */
export interface ModelDynamicBatching<Int64 = number> {
  readonly preferredBatchSize: readonly number[];
  /** How long a batch waits for company. */
  readonly maxQueueDelayMicroseconds: Int64;
  readonly preserveOrdering: boolean;
  /** 1 is the highest. */
  readonly priorityLevels: Int64;
  readonly defaultPriorityLevel: Int64;
  readonly defaultQueuePolicy: ModelQueuePolicy<Int64> | null;
  readonly priorityQueuePolicy: Readonly<Record<string, ModelQueuePolicy<Int64>>>;
}

/** Requests of one sequence go to one instance. */
export interface ModelSequenceBatching<Int64 = number> {
  readonly direct?: ModelSequenceBatching_StrategyDirect<Int64>;
  readonly oldest?: ModelSequenceBatching_StrategyOldest<Int64>;
  readonly maxSequenceIdleMicroseconds: Int64;
  readonly controlInput: readonly ModelSequenceBatching_ControlInput[];
  readonly state: readonly ModelSequenceBatching_State<Int64>[];
  readonly iterativeSequence: boolean;
}

export interface ModelSequenceBatching_Control {
  readonly kind: ModelSequenceBatching_Control_Kind;
  readonly int32FalseTrue: readonly number[];
  readonly fp32FalseTrue: readonly number[];
  readonly boolFalseTrue: readonly boolean[];
  readonly dataType: DataType;
}

export type ModelSequenceBatching_Control_Kind = 'CONTROL_SEQUENCE_START' | 'CONTROL_SEQUENCE_READY' | 'CONTROL_SEQUENCE_END' | 'CONTROL_SEQUENCE_CORRID';

export interface ModelSequenceBatching_ControlInput {
  readonly name: string;
  readonly control: readonly ModelSequenceBatching_Control[];
}

export interface ModelSequenceBatching_InitialState<Int64 = number> {
  readonly dataType: DataType;
  readonly dims: readonly Int64[];
  readonly zeroData?: boolean;
  readonly dataFile?: string;
  readonly name: string;
}

export interface ModelSequenceBatching_State<Int64 = number> {
  readonly inputName: string;
  readonly outputName: string;
  readonly dataType: DataType;
  readonly dims: readonly Int64[];
  readonly initialState: readonly ModelSequenceBatching_InitialState<Int64>[];
  readonly useSameBufferForInputOutput: boolean;
  readonly useGrowableMemory: boolean;
}

export interface ModelSequenceBatching_StrategyDirect<Int64 = number> {
  readonly maxQueueDelayMicroseconds: Int64;
  readonly minimumSlotUtilization: number;
}

export interface ModelSequenceBatching_StrategyOldest<Int64 = number> {
  readonly maxCandidateSequences: number;
  readonly preferredBatchSize: readonly number[];
  readonly maxQueueDelayMicroseconds: Int64;
  readonly preserveOrdering: boolean;
}

/** A data flow of models, tensors tied together by name. */
export interface ModelEnsembling<Int64 = number> {
  readonly step: readonly ModelEnsembling_Step<Int64>[];
  /** Requests that a step may have begun and not finished; more wait. 0: no bound. */
  readonly maxInflightRequests: number;
}

export interface ModelEnsembling_Step<Int64 = number> {
  readonly modelName: string;
  /** -1: the newest. */
  readonly modelVersion: Int64;
  /** From the model's input to the ensemble's tensor. */
  readonly inputMap: Readonly<Record<string, string>>;
  /** From the model's output to the ensemble's tensor. */
  readonly outputMap: Readonly<Record<string, string>>;
  readonly modelNamespace: string;
}

/** Value of a backend-specific parameter. */
export interface ModelParameter {
  readonly stringValue: string;
}

/** Requests the server sends itself before it says that the model is ready. */
export interface ModelWarmup<Int64 = number> {
  readonly name: string;
  /** 0 for a model without a batch axis. */
  readonly batchSize: number;
  readonly inputs: Readonly<Record<string, ModelWarmup_Input<Int64>>>;
  /** Times it is sent; 0 is once. */
  readonly count: number;
}

export interface ModelWarmup_Input<Int64 = number> {
  readonly dataType: DataType;
  readonly dims: readonly Int64[];
  readonly zeroData?: boolean;
  readonly randomData?: boolean;
  /** A file in the folder `warmup` of the model. */
  readonly inputDataFile?: string;
}

export interface ModelOperations {
  readonly opLibraryFilename: readonly string[];
}

export interface ModelTransactionPolicy {
  /** A request may be answered any number of times. */
  readonly decoupled: boolean;
}

/** Programs that see a model folder before it is loaded. */
export interface ModelRepositoryAgents {
  readonly agents: readonly ModelRepositoryAgents_Agent[];
}

export interface ModelRepositoryAgents_Agent {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface ModelResponseCache {
  readonly enable: boolean;
}

export interface ModelMetrics {
  readonly metricControl: readonly ModelMetrics_MetricControl[];
}

export interface ModelMetrics_MetricControl {
  readonly metricIdentifier: ModelMetrics_MetricControl_MetricIdentifier | null;
  readonly histogramOptions?: ModelMetrics_MetricControl_HistogramOptions;
}

export interface ModelMetrics_MetricControl_MetricIdentifier {
  readonly family: string;
}

export interface ModelMetrics_MetricControl_HistogramOptions {
  readonly buckets: readonly number[];
}

/** A model. */
export interface ModelConfig<Int64 = number> {
  /** The name of the folder. */
  readonly name: string;
  readonly platform: string;
  /** Which engine runs it: fil, onnxruntime, tensorrt, python ... */
  readonly backend: string;
  readonly runtime: string;
  readonly versionPolicy: ModelVersionPolicy<Int64> | null;
  /** 0: the model has no batch axis, and dims are whole shapes. */
  readonly maxBatchSize: number;
  readonly input: readonly ModelInput<Int64>[];
  readonly output: readonly ModelOutput<Int64>[];
  readonly batchInput: readonly BatchInput[];
  readonly batchOutput: readonly BatchOutput[];
  readonly optimization: ModelOptimizationPolicy<Int64> | null;
  readonly dynamicBatching?: ModelDynamicBatching<Int64>;
  readonly sequenceBatching?: ModelSequenceBatching<Int64>;
  readonly ensembleScheduling?: ModelEnsembling<Int64>;
  readonly instanceGroup: readonly ModelInstanceGroup<Int64>[];
  /** Name of the model file in a version folder, instead of the usual one of the backend. */
  readonly defaultModelFilename: string;
  /** Other files by CUDA compute capability. */
  readonly ccModelFilenames: Readonly<Record<string, string>>;
  readonly metricTags: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, ModelParameter>>;
  readonly modelWarmup: readonly ModelWarmup<Int64>[];
  readonly modelOperations: ModelOperations | null;
  readonly modelTransactionPolicy: ModelTransactionPolicy | null;
  readonly modelRepositoryAgents: ModelRepositoryAgents | null;
  readonly responseCache: ModelResponseCache | null;
  readonly modelMetrics: ModelMetrics | null;
}

/** Messages by full name. @typeParam Int64 `number`, or `string` where no digit may be lost */
export interface Messages<Int64 = number> {
  readonly 'inference.ServerLiveRequest': ServerLiveRequest;
  readonly 'inference.ServerLiveResponse': ServerLiveResponse;
  readonly 'inference.ServerReadyRequest': ServerReadyRequest;
  readonly 'inference.ServerReadyResponse': ServerReadyResponse;
  readonly 'inference.ModelReadyRequest': ModelReadyRequest;
  readonly 'inference.ModelReadyResponse': ModelReadyResponse;
  readonly 'inference.ServerMetadataRequest': ServerMetadataRequest;
  readonly 'inference.ServerMetadataResponse': ServerMetadataResponse;
  readonly 'inference.ModelMetadataRequest': ModelMetadataRequest;
  readonly 'inference.ModelMetadataResponse': ModelMetadataResponse<Int64>;
  readonly 'inference.ModelMetadataResponse.TensorMetadata': ModelMetadataResponse_TensorMetadata<Int64>;
  readonly 'inference.InferParameter': InferParameter<Int64>;
  readonly 'inference.InferTensorContents': InferTensorContents<Int64>;
  readonly 'inference.ModelInferRequest': ModelInferRequest<Int64>;
  readonly 'inference.ModelInferRequest.InferInputTensor': ModelInferRequest_InferInputTensor<Int64>;
  readonly 'inference.ModelInferRequest.InferRequestedOutputTensor': ModelInferRequest_InferRequestedOutputTensor<Int64>;
  readonly 'inference.ModelInferResponse': ModelInferResponse<Int64>;
  readonly 'inference.ModelInferResponse.InferOutputTensor': ModelInferResponse_InferOutputTensor<Int64>;
  readonly 'inference.ModelStreamInferResponse': ModelStreamInferResponse<Int64>;
  readonly 'inference.ModelConfigRequest': ModelConfigRequest;
  readonly 'inference.ModelConfigResponse': ModelConfigResponse<Int64>;
  readonly 'inference.ModelStatisticsRequest': ModelStatisticsRequest;
  readonly 'inference.StatisticDuration': StatisticDuration<Int64>;
  readonly 'inference.InferStatistics': InferStatistics<Int64>;
  readonly 'inference.InferResponseStatistics': InferResponseStatistics<Int64>;
  readonly 'inference.InferBatchStatistics': InferBatchStatistics<Int64>;
  readonly 'inference.MemoryUsage': MemoryUsage<Int64>;
  readonly 'inference.ModelStatistics': ModelStatistics<Int64>;
  readonly 'inference.ModelStatisticsResponse': ModelStatisticsResponse<Int64>;
  readonly 'inference.ModelRepositoryParameter': ModelRepositoryParameter<Int64>;
  readonly 'inference.RepositoryIndexRequest': RepositoryIndexRequest;
  readonly 'inference.RepositoryIndexResponse': RepositoryIndexResponse;
  readonly 'inference.RepositoryIndexResponse.ModelIndex': RepositoryIndexResponse_ModelIndex;
  readonly 'inference.RepositoryModelLoadRequest': RepositoryModelLoadRequest<Int64>;
  readonly 'inference.RepositoryModelLoadResponse': RepositoryModelLoadResponse;
  readonly 'inference.RepositoryModelUnloadRequest': RepositoryModelUnloadRequest<Int64>;
  readonly 'inference.RepositoryModelUnloadResponse': RepositoryModelUnloadResponse;
  readonly 'inference.SystemSharedMemoryStatusRequest': SystemSharedMemoryStatusRequest;
  readonly 'inference.SystemSharedMemoryStatusResponse': SystemSharedMemoryStatusResponse<Int64>;
  readonly 'inference.SystemSharedMemoryStatusResponse.RegionStatus': SystemSharedMemoryStatusResponse_RegionStatus<Int64>;
  readonly 'inference.SystemSharedMemoryRegisterRequest': SystemSharedMemoryRegisterRequest<Int64>;
  readonly 'inference.SystemSharedMemoryRegisterResponse': SystemSharedMemoryRegisterResponse;
  readonly 'inference.SystemSharedMemoryUnregisterRequest': SystemSharedMemoryUnregisterRequest;
  readonly 'inference.SystemSharedMemoryUnregisterResponse': SystemSharedMemoryUnregisterResponse;
  readonly 'inference.CudaSharedMemoryStatusRequest': CudaSharedMemoryStatusRequest;
  readonly 'inference.CudaSharedMemoryStatusResponse': CudaSharedMemoryStatusResponse<Int64>;
  readonly 'inference.CudaSharedMemoryStatusResponse.RegionStatus': CudaSharedMemoryStatusResponse_RegionStatus<Int64>;
  readonly 'inference.CudaSharedMemoryRegisterRequest': CudaSharedMemoryRegisterRequest<Int64>;
  readonly 'inference.CudaSharedMemoryRegisterResponse': CudaSharedMemoryRegisterResponse;
  readonly 'inference.CudaSharedMemoryUnregisterRequest': CudaSharedMemoryUnregisterRequest;
  readonly 'inference.CudaSharedMemoryUnregisterResponse': CudaSharedMemoryUnregisterResponse;
  readonly 'inference.TraceSettingRequest': TraceSettingRequest;
  readonly 'inference.TraceSettingRequest.SettingValue': TraceSettingRequest_SettingValue;
  readonly 'inference.TraceSettingResponse': TraceSettingResponse;
  readonly 'inference.TraceSettingResponse.SettingValue': TraceSettingResponse_SettingValue;
  readonly 'inference.LogSettingsRequest': LogSettingsRequest;
  readonly 'inference.LogSettingsRequest.SettingValue': LogSettingsRequest_SettingValue;
  readonly 'inference.LogSettingsResponse': LogSettingsResponse;
  readonly 'inference.LogSettingsResponse.SettingValue': LogSettingsResponse_SettingValue;
  readonly 'inference.ModelRateLimiter': ModelRateLimiter;
  readonly 'inference.ModelRateLimiter.Resource': ModelRateLimiter_Resource;
  readonly 'inference.ModelInstanceGroup': ModelInstanceGroup<Int64>;
  readonly 'inference.ModelInstanceGroup.SecondaryDevice': ModelInstanceGroup_SecondaryDevice<Int64>;
  readonly 'inference.ModelTensorReshape': ModelTensorReshape<Int64>;
  readonly 'inference.ModelInput': ModelInput<Int64>;
  readonly 'inference.ModelOutput': ModelOutput<Int64>;
  readonly 'inference.BatchInput': BatchInput;
  readonly 'inference.BatchOutput': BatchOutput;
  readonly 'inference.ModelVersionPolicy': ModelVersionPolicy<Int64>;
  readonly 'inference.ModelVersionPolicy.Latest': ModelVersionPolicy_Latest;
  readonly 'inference.ModelVersionPolicy.All': ModelVersionPolicy_All;
  readonly 'inference.ModelVersionPolicy.Specific': ModelVersionPolicy_Specific<Int64>;
  readonly 'inference.ModelOptimizationPolicy': ModelOptimizationPolicy<Int64>;
  readonly 'inference.ModelOptimizationPolicy.Graph': ModelOptimizationPolicy_Graph;
  readonly 'inference.ModelOptimizationPolicy.Cuda': ModelOptimizationPolicy_Cuda<Int64>;
  readonly 'inference.ModelOptimizationPolicy.Cuda.GraphSpec': ModelOptimizationPolicy_Cuda_GraphSpec<Int64>;
  readonly 'inference.ModelOptimizationPolicy.Cuda.GraphSpec.Shape': ModelOptimizationPolicy_Cuda_GraphSpec_Shape<Int64>;
  readonly 'inference.ModelOptimizationPolicy.Cuda.GraphSpec.LowerBound': ModelOptimizationPolicy_Cuda_GraphSpec_LowerBound<Int64>;
  readonly 'inference.ModelOptimizationPolicy.ExecutionAccelerators': ModelOptimizationPolicy_ExecutionAccelerators;
  readonly 'inference.ModelOptimizationPolicy.ExecutionAccelerators.Accelerator': ModelOptimizationPolicy_ExecutionAccelerators_Accelerator;
  readonly 'inference.ModelOptimizationPolicy.PinnedMemoryBuffer': ModelOptimizationPolicy_PinnedMemoryBuffer;
  readonly 'inference.ModelQueuePolicy': ModelQueuePolicy<Int64>;
  readonly 'inference.ModelDynamicBatching': ModelDynamicBatching<Int64>;
  readonly 'inference.ModelSequenceBatching': ModelSequenceBatching<Int64>;
  readonly 'inference.ModelSequenceBatching.Control': ModelSequenceBatching_Control;
  readonly 'inference.ModelSequenceBatching.ControlInput': ModelSequenceBatching_ControlInput;
  readonly 'inference.ModelSequenceBatching.InitialState': ModelSequenceBatching_InitialState<Int64>;
  readonly 'inference.ModelSequenceBatching.State': ModelSequenceBatching_State<Int64>;
  readonly 'inference.ModelSequenceBatching.StrategyDirect': ModelSequenceBatching_StrategyDirect<Int64>;
  readonly 'inference.ModelSequenceBatching.StrategyOldest': ModelSequenceBatching_StrategyOldest<Int64>;
  readonly 'inference.ModelEnsembling': ModelEnsembling<Int64>;
  readonly 'inference.ModelEnsembling.Step': ModelEnsembling_Step<Int64>;
  readonly 'inference.ModelParameter': ModelParameter;
  readonly 'inference.ModelWarmup': ModelWarmup<Int64>;
  readonly 'inference.ModelWarmup.Input': ModelWarmup_Input<Int64>;
  readonly 'inference.ModelOperations': ModelOperations;
  readonly 'inference.ModelTransactionPolicy': ModelTransactionPolicy;
  readonly 'inference.ModelRepositoryAgents': ModelRepositoryAgents;
  readonly 'inference.ModelRepositoryAgents.Agent': ModelRepositoryAgents_Agent;
  readonly 'inference.ModelResponseCache': ModelResponseCache;
  readonly 'inference.ModelMetrics': ModelMetrics;
  readonly 'inference.ModelMetrics.MetricControl': ModelMetrics_MetricControl;
  readonly 'inference.ModelMetrics.MetricControl.MetricIdentifier': ModelMetrics_MetricControl_MetricIdentifier;
  readonly 'inference.ModelMetrics.MetricControl.HistogramOptions': ModelMetrics_MetricControl_HistogramOptions;
  readonly 'inference.ModelConfig': ModelConfig<Int64>;
}
