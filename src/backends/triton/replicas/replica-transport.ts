import type { TritonClient } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';
import type { TritonCallOptions } from '@pairstream/triton-client';
import { type MatrixCall, readOutputs, toInferInput } from '../matrix-tensors.js';
import { RegionLayout } from '../memory/region-layout.js';
import type { RegionPool } from '../memory/region-pool.js';
import { CallBudget } from './call-budget.js';
import { type ModelName, SharedMemoryCalls } from './shared-memory-calls.js';

/** Minimum size for shared memory: below it, copying through a file costs more than sending the bytes. */
const SMALLEST_SHARED_BYTES = 65_536;

/** Settings of a transport. */
export interface ReplicaTransportOptions {
  /** Minimum bytes of a call's tensors for shared memory; smaller calls go by gRPC. Default 65,536. */
  readonly smallestSharedBytes?: number;
  /**
   * Called with the reason when the server refuses a region of shared memory, and with undefined when it accepts regions
   * again. In between, tensors go by gRPC.
   */
  readonly onRefusalChange?: (refusal: string | undefined) => void;
}

/** Sends matrices to one server: large ones through shared memory if the server sees it, others by gRPC. */
export class ReplicaTransport {
  private readonly shared: SharedMemoryCalls | undefined;
  private readonly smallestSharedBytes: number;

  /** @param pool undefined: gRPC only */
  constructor(
    private readonly client: TritonClient,
    pool: RegionPool | undefined,
    {
      smallestSharedBytes = SMALLEST_SHARED_BYTES,
      onRefusalChange = () => undefined,
    }: ReplicaTransportOptions = {},
  ) {
    this.smallestSharedBytes = smallestSharedBytes;
    this.shared = pool === undefined ? undefined : new SharedMemoryCalls(client, pool, onRefusalChange);
  }

  /** Transport of large tensors. */
  get kind(): 'shared_memory' | 'grpc' {
    return this.shared?.isUsed === true ? 'shared_memory' : 'grpc';
  }

  /**
   * Tests shared memory with a newly connected server.
   * @returns the reason if it cannot be used; undefined if it can, or is turned off
   */
  async connect(timeoutMs: number): Promise<string | undefined> {
    return await this.shared?.connect(timeoutMs);
  }

  /** Releases shared memory that is no longer used. @throws TritonError */
  async tidy(timeoutMs: number): Promise<void> {
    await this.shared?.tidy(timeoutMs);
  }

  /** Releases all shared memory that no call uses. @throws TritonError */
  async close(timeoutMs: number): Promise<void> {
    await this.shared?.close(timeoutMs);
  }

  /**
   * Runs a model once. If the server has lost the shared memory of the call, the request is repeated over gRPC.
   * @param smallestSharedBytes minimum bytes of the tensors for shared memory; default: the transport's option
   * @throws TritonError
   */
  async infer(
    model: ModelName,
    call: MatrixCall,
    options: TritonCallOptions,
    smallestSharedBytes = this.smallestSharedBytes,
  ): Promise<void> {
    if (options.signal?.aborted === true) throw new TritonError('cancelled', 'cancelled by the caller');
    const { shared } = this;
    const layout = new RegionLayout(call);
    const budget = new CallBudget(options);
    const isAnswered =
      shared !== undefined &&
      layout.byteLength >= smallestSharedBytes &&
      (await shared.infer(model, call, budget, layout));
    if (!isAnswered) await this.inferByGrpc(model, call, budget.left());
  }

  private async inferByGrpc(
    { name, version }: ModelName,
    call: MatrixCall,
    options: TritonCallOptions,
  ): Promise<void> {
    const { rowCount, inputs, outputs } = call;
    await this.client.inferInto(
      {
        modelName: name,
        modelVersion: version,
        inputs: [...inputs].map(([tensor, matrix]) => toInferInput(tensor, matrix, rowCount)),
        outputs: [...outputs.keys()].map((tensor) => ({ name: tensor })),
      },
      options,
      (response) => readOutputs(response, call),
    );
  }
}
