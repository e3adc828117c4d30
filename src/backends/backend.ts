/** Name, type and shape of one input or output; -1 in `shape` is the batch axis. */
export interface TensorSpec {
  readonly name: string;
  /** KServe v2 name of the element type, for instance FP32. */
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** Metadata of a loaded model. */
export interface ModelMetadata {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Hex SHA-256 of the file that the engine runs. Identifies the model. */
  readonly contentSha256: string;
  /**
   * Engine that runs the model: `onnxruntime` or `forest` (the forest walker) in the embedded backend, `triton` on Triton servers.
   * Other implementations of `Backend` choose their own names.
   */
  readonly engine: string;
  /**
   * Wall time of reading the file and making the model ready to run, milliseconds; without the check. Undefined if a server loaded
   * the model.
   */
  readonly loadMs?: number;
  /** Memory of the loaded model, bytes. Undefined if the engine does not report it. */
  readonly memoryBytes?: number;
}

/** Deadline and cancel signal of an inference. */
export interface InferenceContext {
  /** Instant on the clock of `performance.now()`, in milliseconds. Infinity without a deadline. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A row-major FP32 matrix [row capacity, width], owned by the caller. A model reads or writes its first `rowCount` rows. */
export interface Matrix {
  readonly data: Float32Array<ArrayBuffer>;
  /** Values per row. */
  readonly width: number;
}

/** A row-major INT32 matrix [row capacity, width], owned by the caller: token ids, or row numbers in embedding tables. */
export interface IndexMatrix {
  readonly data: Int32Array<ArrayBuffer>;
  /** Values per row. */
  readonly width: number;
}

/**
 * Rows of one request in a batch: rows [batchRow, batchRow + rowCount) of the batch are rows [requestRow, requestRow + rowCount) of
 * the request.
 */
export interface RowRange {
  readonly batchRow: number;
  readonly requestRow: number;
  readonly rowCount: number;
}

/** Input of a model. */
export type InputMatrix = Matrix | IndexMatrix;

/** Creates a zeroed input matrix [rowCapacity, width], owned by the caller. */
export function createInputMatrix(
  datatype: 'FP32' | 'INT32',
  rowCapacity: number,
  width: number,
): InputMatrix {
  return datatype === 'FP32'
    ? { data: new Float32Array(rowCapacity * width), width }
    : { data: new Int32Array(rowCapacity * width), width };
}

/** A loaded model. */
export interface ModelHandle {
  readonly metadata: ModelMetadata;
  /**
   * Runs the model on the first `rowCount` rows of each input and writes the first `rowCount` rows of each output.
   * Matrices are keyed by tensor name. The caller owns them and must not use them until the promise settles.
   * @throws PairstreamError BACKEND_FAILED, BACKEND_UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED
   */
  infer(
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
    context: InferenceContext,
  ): Promise<void>;
  /** Frees the memory of the model. The caller calls it once, after the last run has settled. Undefined if there is nothing to free. */
  release?(): Promise<void>;
}

/**
 * Checks the hash of a file that an engine read, before the engine runs it.
 * @param file path relative to the version folder
 * @param sha256 hex SHA-256 of the bytes that were read
 * @throws PairstreamError INVALID_MODEL if another hash is recorded
 */
export type FileCheck = (file: string, sha256: string) => void;

/** Location of a model. */
export interface ModelLocation {
  readonly name: string;
  readonly version: string;
  /** Folder of the model in a Triton model repository: holds config.pbtxt and one folder per version. */
  readonly directory: string;
  /** Default: files are not checked. */
  readonly checkFile?: FileCheck;
}

/**
 * Checks that a loaded model is the model of the release: tensors and golden rows.
 * @throws PairstreamError INVALID_MODEL if not, and the errors of `infer`
 */
export type ModelCheck = (model: ModelHandle) => Promise<void>;

/** State of one server of a backend that runs models on servers, for operators. */
export interface ReplicaState {
  /** host:port */
  readonly target: string;
  /** Transport of large tensors. */
  readonly transport: 'shared_memory' | 'grpc';
  /** Rows in flight. */
  readonly pendingRows: number;
  /** True if an operator drained the server: it takes no calls until it is readmitted. */
  readonly isDrained: boolean;
  /** Reason why a model gets no calls, by model; null if it gets calls. */
  readonly models: Readonly<Record<string, string | null>>;
}

/** Health of a backend that runs models on servers. */
export interface BackendHealth {
  /** Loaded models that cannot run now, each with the reason in one sentence. */
  readonly outages: ReadonlyMap<string, string>;
  /** State of all servers. */
  describe(): readonly ReplicaState[];
  /** Registers a listener for changes of `outages`. */
  subscribe(listener: () => void): void;
}

/** Drains and readmits servers of a backend that runs models on servers. */
export interface ReplicaControl {
  /**
   * Sends no more calls to a server, and waits for those in flight. The drain lasts until `readmit`, also if the server restarts.
   * @param target host:port of a ReplicaState
   * @param timeoutMs longest wait for the calls in flight; they go on after it
   * @returns the state after the wait
   * @throws PairstreamError NOT_FOUND
   */
  drain(target: string, timeoutMs: number): Promise<ReplicaState>;
  /**
   * Checks every model of a server with its golden rows, then sends calls to those that pass.
   * @throws PairstreamError NOT_FOUND; why the first model failed if none passes, and the server stays drained
   */
  readmit(target: string): Promise<ReplicaState>;
  /** Models that could not run, with the reason, if a server were drained. @throws PairstreamError NOT_FOUND */
  outagesWithout(target: string): ReadonlyMap<string, string>;
}

/** Loads and unloads models on every server of a backend that runs models on servers. */
export interface ServerModels {
  /**
   * Loads a model on every server, and checks it there with its golden rows.
   * @throws PairstreamError CONFLICT if servers do not let clients load models; INVALID_MODEL, BACKEND_UNAVAILABLE if no server
   *   serves the model afterwards
   */
  load(model: string): Promise<void>;
  /**
   * Unloads a model on every server that can be reached.
   * @throws PairstreamError CONFLICT if servers do not let clients unload models; BACKEND_UNAVAILABLE if none can be reached
   */
  unload(model: string): Promise<void>;
}

/** Inference port: a place where models run, with one or more engines. */
export interface Backend {
  readonly name: string;
  /** Undefined for a backend inside this process, which is always available. */
  readonly health?: BackendHealth;
  /** Undefined for a backend inside this process. */
  readonly replicaControl?: ReplicaControl | undefined;
  /** Undefined for a backend inside this process: its models are loaded by `load`. */
  readonly serverModels?: ServerModels | undefined;
  /**
   * Loads a model, unless a server has loaded it, and checks it. If a server loads the model again later, the backend repeats the
   * check. The caller releases the returned model.
   * @throws PairstreamError INVALID_MODEL, INVALID_CONFIG, BACKEND_FAILED, BACKEND_UNAVAILABLE, and errors of the check
   */
  load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle>;
  /** Stops the backend and frees its resources. No call may follow. */
  close(): Promise<void>;
}
