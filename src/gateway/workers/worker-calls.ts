import type { Config } from '../../config/config.js';
import type { LevelMemory } from '../../concurrency/process-levels.js';
import type { WorkerSeat } from '../../concurrency/worker-seat.js';
import type { SentError } from '../../errors/sent-error.js';
import type { ServedEntry } from '../../feedback/tokens/served-pairs.js';
import type { PostedSnapshot } from '../../statistics/posted-snapshot.js';
import type { MetricValues } from '../../telemetry/merged-metrics.js';
import type { DataPlaneCalls } from '../data-plane/data-plane.js';
import type { ReadinessState } from '../prediction/readiness.js';
import type { ServedRelease } from '../prediction/release-activator.js';

/** Learning of the main thread, for worker threads. */
export interface WorkerLearning {
  /** Memory of the StateGauges. */
  readonly gauges: SharedArrayBuffer;
  /** Absolute path of the folder that holds the keys of tokens. */
  readonly stateDirectory: string;
}

/** What a worker thread starts with. */
export interface WorkerStart {
  /** Settings of this worker: see worker-config.ts. */
  readonly config: Config;
  readonly seat: WorkerSeat;
  readonly levels: LevelMemory;
  /** Memory of the Heartbeat of this life. */
  readonly heartbeat: SharedArrayBuffer;
  /** Statistics as the main thread has them. */
  readonly snapshot: PostedSnapshot;
  /** Undefined if the gateway does not learn. */
  readonly learning: WorkerLearning | undefined;
  readonly progress: LearningProgress;
}

/** How far the start of the learning has come. */
export interface LearningProgress {
  /** Undefined after the start. */
  readonly startReason: string | undefined;
  /** Why the start failed. */
  readonly failure: SentError | undefined;
}

/** Functions of a worker thread that the main thread calls. */
export interface WorkerFunctions extends DataPlaneCalls {
  /** Accepts connections. @throws PairstreamError as GrpcServer.listen */
  listen(): Promise<void>;
  metrics(): Promise<MetricValues>;
  /** Pairs of a prediction of this worker. */
  findServed(predictionId: Uint8Array): ServedEntry | undefined;
  /** A table of the statistics has new memory. */
  adoptTable(name: string, buffer: SharedArrayBuffer): void;
  followLearning(progress: LearningProgress): void;
  /** Answers the requests in flight and closes everything. The thread may be ended afterwards. */
  close(): Promise<void>;
}

/** Functions of the main thread that a worker thread calls. */
export interface MainFunctions {
  /** The application of the worker is there: the main thread may call every WorkerFunction. */
  created(): void;
  /** The worker serves a release. */
  serving(release: ServedRelease): void;
  readinessChanged(readiness: ReadinessState): void;
  /** The worker cannot start, or its release cannot be activated. */
  failed(error: SentError): void;
  /** As FeedbackSink.submit; the events are copied. */
  submit(events: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** Pairs of a prediction of another worker. */
  findServed(predictionId: Uint8Array): Promise<ServedEntry | undefined>;
}
