import type { Datatype, TensorData } from '@pairstream/triton-client';
import type { Parameters } from '@pairstream/triton-client';
import type { FakeInputs } from './tensors/fake-inputs.js';

/** An input or output as a model configuration declares it. */
export interface FakeTensorConfig {
  readonly name: string;
  /** A name of inference.DataType: TYPE_FP32 and so on; TYPE_STRING is BYTES elsewhere. */
  readonly dataType: string;
  /** Without the batch axis where the model has one; -1 is a dimension of any size. */
  readonly dims: readonly number[];
  /** Of an input: whether requests may leave it out. Default: no. */
  readonly optional?: boolean;
}

/** How long and how many requests may wait; what is left out has the protocol's default, 0 or false. */
export interface FakeQueuePolicy {
  /** REJECT (default) or DELAY. */
  readonly timeoutAction?: string;
  readonly defaultTimeoutMicroseconds?: number;
  readonly allowTimeoutOverride?: boolean;
  readonly maxQueueSize?: number;
}

/** A model configuration: fields of inference.ModelConfig in camelCase. Those not listed here may be given, too. */
export interface FakeModelConfig {
  readonly name: string;
  /** Default: python. */
  readonly backend?: string;
  /** Rows of one request at most. Default 0: the model has no batch axis. */
  readonly maxBatchSize?: number;
  readonly input: readonly FakeTensorConfig[];
  readonly output: readonly FakeTensorConfig[];
  /** Default: requests wait without bound, one after another. */
  readonly dynamicBatching?: {
    readonly priorityLevels?: number;
    readonly defaultPriorityLevel?: number;
    readonly defaultQueuePolicy?: FakeQueuePolicy;
    readonly priorityQueuePolicy?: Readonly<Record<string, FakeQueuePolicy>>;
    readonly [field: string]: unknown;
  };
  /** As many requests run at once. Default: one. */
  readonly instanceGroup?: readonly { readonly count?: number; readonly [field: string]: unknown }[];
  /** The versions there are, all of them served. Default: version 1. */
  readonly versionPolicy?: { readonly specific: { readonly versions: readonly number[] } };
  /** Whether a request may have any number of answers. Default: no. */
  readonly modelTransactionPolicy?: { readonly decoupled: boolean };
  readonly [field: string]: unknown;
}

/**
 * An output. Left out, the datatype is that of the configuration, and the shape that of the configuration, with as many rows as
 * the request has; one dimension beside them may be of any size.
 */
export type FakeOutput =
  | TensorData
  | { readonly data: TensorData; readonly shape?: readonly number[]; readonly datatype?: Datatype };

/** Outputs by name, in the order they are answered in. Those that were not asked for are left out of the answer. */
export type FakeOutputs = Readonly<Record<string, FakeOutput>>;

/** What a request brings beside its inputs. */
export interface FakeRunContext {
  readonly modelName: string;
  readonly version: string;
  readonly id: string;
  /** All of them, also those that Triton acts on itself. */
  readonly parameters: Parameters;
  /** Rows of the request; 0 for a model without a batch axis. */
  readonly rowCount: number;
  /** Aborted when the caller cancels, its deadline is over, its connection is lost, or the server dies. */
  readonly signal: AbortSignal;
}

/** A model of the fake server. */
export interface FakeModel {
  readonly config: FakeModelConfig;
  /**
   * Answers one request that fits the configuration. A decoupled model may answer with an async generator: one answer for each
   * value. What it throws fails the request; a FakeTritonError with its own status.
   */
  readonly run: (
    inputs: FakeInputs,
    context: FakeRunContext,
  ) => FakeOutputs | Promise<FakeOutputs> | AsyncIterable<FakeOutputs>;
  /** Called before the model is served, at every load; what it throws makes the load fail. */
  readonly load?: () => void | Promise<void>;
}
