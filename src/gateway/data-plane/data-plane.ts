import type { ReplicaState } from '../../backends/backend.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { PredictorInfo } from '../../scoring/predictor.js';
import type { ModelReport } from '../backend/controlled-backend.js';
import type { DrainProgress } from '../grpc/gateway-drain.js';
import type { OpenStream } from '../grpc/service/pair-service.js';
import type { ReadinessState } from '../prediction/readiness.js';

/** Options of a drain of one server. */
export interface ReplicaDrainOptions {
  /** True: drain the server even if only base rates can answer afterwards. */
  readonly force: boolean;
  /** Longest wait for the calls in flight, milliseconds. */
  readonly timeoutMs: number;
}

/** A page of open streams. */
export interface StreamPage {
  /** Number of all open streams. */
  readonly streamCount: number;
  /** The oldest first. */
  readonly streams: readonly OpenStream[];
}

/** The part of a gateway that serves calls, as the admin application sees it: this thread, or worker threads. */
export abstract class DataPlane {
  abstract readonly backendName: string;
  abstract readonly readiness: ReadinessState;
  /** Undefined while the models of the release are being loaded. */
  abstract readonly release: PredictorInfo | undefined;
  /** All metrics in the Prometheus text format. */
  abstract metrics(): Promise<string>;
  /** Every model of the release. */
  abstract listModels(): Promise<readonly ModelReport[]>;
  /** @throws PairstreamError as ControlledBackend.loadModel */
  abstract loadModel(name: string): Promise<void>;
  /** @param force unload even if only base rates can answer afterwards @throws PairstreamError CONFLICT, and as ControlledBackend.unloadModel */
  abstract unloadModel(name: string, force: boolean): Promise<void>;
  /** All servers that run models; none with the embedded backend. */
  abstract listReplicas(): Promise<readonly ReplicaState[]>;
  /** @throws PairstreamError NOT_FOUND; CONFLICT without `force` */
  abstract drainReplica(target: string, options: ReplicaDrainOptions): Promise<ReplicaState>;
  /** @throws PairstreamError as ReplicaControl.readmit */
  abstract readmitReplica(target: string): Promise<ReplicaState>;
  abstract drainProgress(): Promise<DrainProgress>;
  abstract startDrain(): Promise<DrainProgress>;
  /** Open streams with ids above `afterId`, at most `limit`. */
  abstract listStreams(afterId: number, limit: number): Promise<StreamPage>;
  /** @returns the stream before it was closed @throws PairstreamError NOT_FOUND */
  abstract closeStream(id: number): Promise<OpenStream>;
  /** Changes the level of the log until the process ends. */
  abstract setLogLevel(level: string): Promise<void>;
  /** Removes a user's rows from the feature log. @returns the number of rows; 0 without a log */
  abstract forgetServedRows(user: Hash64): Promise<number>;
}

/** Calls of operators that a serving thread answers. Arguments and results can be sent between threads. */
export type DataPlaneCalls = Omit<DataPlane, 'backendName' | 'readiness' | 'release' | 'metrics'>;
