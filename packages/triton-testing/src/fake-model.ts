import type { Datatype, TensorData } from '@pairstream/triton-client';
import type { Parameters } from '@pairstream/triton-client';
import type { FakeInputs } from './tensors/fake-inputs.js';

/** An input or output in a model configuration. */
export interface FakeTensorConfig {
  readonly name: string;
  /** Name of inference.DataType, for instance TYPE_FP32. TYPE_STRING is BYTES in requests. */
  readonly dataType: string;
  /** Dimensions without the batch axis; -1 is a dimension of any size. */
  readonly dims: readonly number[];
  /** True if requests may omit this input. Default: false. */
  readonly optional?: boolean;
}

/** Bounds of a queue. Omitted fields have the protocol's default, 0 or false. */
export interface FakeQueuePolicy {
  /** REJECT (default) or DELAY. */
  readonly timeoutAction?: string;
  readonly defaultTimeoutMicroseconds?: number;
  readonly allowTimeoutOverride?: boolean;
  readonly maxQueueSize?: number;
}

/** A model configuration: fields of inference.ModelConfig in camelCase. Fields that are not listed here are also accepted. */
export interface FakeModelConfig {
  readonly name: string;
  /** Default: python. */
  readonly backend?: string;
  /** Maximum number of rows in one request. Default 0: the model has no batch axis. */
  readonly maxBatchSize?: number;
  readonly input: readonly FakeTensorConfig[];
  readonly output: readonly FakeTensorConfig[];
  /** Default: an unbounded queue in order of arrival. */
  readonly dynamicBatching?: {
    readonly priorityLevels?: number;
    readonly defaultPriorityLevel?: number;
    readonly defaultQueuePolicy?: FakeQueuePolicy;
    readonly priorityQueuePolicy?: Readonly<Record<string, FakeQueuePolicy>>;
    readonly [field: string]: unknown;
  };
  /** Number of requests that run at the same time. Default: one. */
  readonly instanceGroup?: readonly { readonly count?: number; readonly [field: string]: unknown }[];
  /** Versions of the model, all served. Default: version 1. */
  readonly versionPolicy?: { readonly specific: { readonly versions: readonly number[] } };
  /** True if a request may have any number of answers. Default: false. */
  readonly modelTransactionPolicy?: { readonly decoupled: boolean };
  readonly [field: string]: unknown;
}

/**
 * An output. By default it has the datatype and the shape of the configuration, with the number of rows of the request. Besides
 * the rows, one dimension may have any size.
 */
export type FakeOutput =
  | TensorData
  | { readonly data: TensorData; readonly shape?: readonly number[]; readonly datatype?: Datatype };

/** Outputs by name, in the order of the answer. Outputs that were not requested are left out. */
export type FakeOutputs = Readonly<Record<string, FakeOutput>>;

/** Context of a request, besides its inputs. */
export interface FakeRunContext {
  readonly modelName: string;
  readonly version: string;
  readonly id: string;
  /** All parameters of the request, including those that Triton handles itself. */
  readonly parameters: Parameters;
  /** Number of rows; 0 for a model without a batch axis. */
  readonly rowCount: number;
  /** Fires when the caller cancels, its deadline passes, its connection is lost, or the server dies. */
  readonly signal: AbortSignal;
}

/** A model of the fake server. */
export interface FakeModel {
  readonly config: FakeModelConfig;
  /**
   * Answers one request that fits the configuration. A decoupled model may return an async generator, with one answer per value.
   * If it throws, the request fails; a FakeTritonError sets the status.
   */
  readonly run: (
    inputs: FakeInputs,
    context: FakeRunContext,
  ) => FakeOutputs | Promise<FakeOutputs> | AsyncIterable<FakeOutputs>;
  /** Called at every load, before the model is served. If it throws, the load fails. */
  readonly load?: () => void | Promise<void>;
}
