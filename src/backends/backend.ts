/** Name, type and shape of one input or output; -1 in `shape` is the batch axis. */
export interface TensorSpec {
  readonly name: string;
  /** KServe v2 name of the element type, for instance FP32. */
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** What a backend says about a loaded model. */
export interface ModelMetadata {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Hex SHA-256 of the model file, the identity of what answers. */
  readonly contentSha256: string;
}

/** How long an inference may take, and whether anyone still waits for it. */
export interface InferenceContext {
  /** Absolute, on the clock of `performance.now()`; Infinity when there is none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A row-major FP32 matrix that the caller owns; a model reads or writes its first `rowCount` rows. */
export interface Matrix {
  readonly data: Float32Array<ArrayBuffer>;
  /** Values per row. */
  readonly width: number;
}

/** A row-major INT32 matrix: tokens, or rows of embedding tables. */
export interface IndexMatrix {
  readonly data: Int32Array<ArrayBuffer>;
  /** Values per row. */
  readonly width: number;
}

/** What a model reads. */
export type InputMatrix = Matrix | IndexMatrix;

/** A zeroed input matrix of a datatype. */
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
   * Matrices are keyed by tensor name; the caller owns them and leaves them alone until the promise settles.
   * @throws PairstreamError BACKEND_FAILED, BACKEND_UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED
   */
  infer(
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
    context: InferenceContext,
  ): Promise<void>;
}

/** Where a model is found. */
export interface ModelLocation {
  readonly name: string;
  readonly version: string;
  /** Folder of the model in a Triton model repository: holds config.pbtxt and one folder per version. */
  readonly directory: string;
}

/** Finds out whether a model is the one that a release was made with. @throws PairstreamError INVALID_MODEL, BACKEND_* */
export type ModelCheck = (model: ModelHandle) => Promise<void>;

/** One server of an engine outside this process, as operators see it. */
export interface ReplicaState {
  /** host:port */
  readonly target: string;
  /** How large tensors travel. */
  readonly transport: 'shared_memory' | 'grpc';
  /** Rows sent and not answered yet. */
  readonly pendingRows: number;
  /** By model: why it takes no calls, null when it does. */
  readonly models: Readonly<Record<string, string | null>>;
}

/** Whether an engine outside this process can run the models that were loaded. */
export interface BackendHealth {
  /** By loaded model that cannot run now: why, in one sentence. */
  readonly outages: ReadonlyMap<string, string>;
  /** The servers there are. */
  describe(): readonly ReplicaState[];
  /** Calls back after every change of `outages`. */
  subscribe(listener: () => void): void;
}

/** The port to an engine that runs models. */
export interface Backend {
  readonly name: string;
  /** Undefined for an engine inside this process, which runs as long as it does. */
  readonly health?: BackendHealth;
  /**
   * Loads a model, or finds it loaded, and checks it; an engine that loads it anew later checks it anew.
   * @throws PairstreamError INVALID_MODEL, BACKEND_UNAVAILABLE, and what the check throws
   */
  load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle>;
  close(): Promise<void>;
}
