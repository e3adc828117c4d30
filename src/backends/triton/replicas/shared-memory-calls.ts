import type { TritonClient } from '@pairstream/triton-client';
import type { SharedMemorySlice } from '@pairstream/triton-client';
import { TritonError, type TritonErrorKind } from '@pairstream/triton-client';
import { checkOutput, type MatrixCall, toInferInput } from '../matrix-tensors.js';
import type { RegionLayout } from '../memory/region-layout.js';
import type { RegionPool } from '../memory/region-pool.js';
import { RegionRegistry } from '../memory/region-registry.js';
import type { SharedRegion } from '../memory/shared-region.js';
import { isAboutSharedMemory, isUnanswered } from '../triton-fault.js';
import type { CallBudget } from './call-budget.js';

/** After the server refused a region, calls use gRPC for this time. Then the next large call tries shared memory again. */
const REFUSED_MS = 10_000;

/** Kinds of failures after which the server does not touch the memory of the request any more. */
const IS_OVER: ReadonlySet<TritonErrorKind> = new Set([
  'busy',
  'unknown_model',
  'unknown_region',
  'invalid_argument',
  'internal',
  'unauthenticated',
  'permission_denied',
]);

/** Refusal of shared memory by a server: the reason, and the time (performance.now()) at which the next region is offered. */
interface Refusal {
  readonly reason: string;
  readonly untilMs: number;
}

/** A model as requests name it. */
export interface ModelName {
  readonly name: string;
  readonly version: string;
}

/**
 * Sends matrices to one server through shared memory. Shared memory is never the reason for a lost row: if it cannot be used,
 * or the server lost the region, `infer` returns false and the caller sends the same request over gRPC.
 */
export class SharedMemoryCalls {
  private readonly registry: RegionRegistry;
  /** True after the server was reached for the first time. */
  private isConnected = false;
  /** Current refusal; undefined while the server accepts regions. */
  private refusal: Refusal | undefined;

  /**
   * @param onChange called with the reason when the server refuses a region, and with undefined when it accepts regions
   *   again
   */
  constructor(
    private readonly client: TritonClient,
    private readonly pool: RegionPool,
    private readonly onChange: (refusal: string | undefined) => void,
  ) {
    this.registry = new RegionRegistry(client, pool);
  }

  /** True if large tensors go through shared memory. */
  get isUsed(): boolean {
    return this.isConnected && this.refusal === undefined;
  }

  /**
   * Finds out if a server that was just reached can map regions. If the server cannot, a region is offered again later, as
   * after any refusal: /dev/shm may have been full.
   * @returns the reason if the server cannot
   * @throws TritonError if the server does not answer
   */
  async connect(timeoutMs: number): Promise<string | undefined> {
    const refusal = await this.registry.probe(timeoutMs);
    this.isConnected = true;
    this.refusal = refusal === undefined ? undefined : refusalNow(refusal);
    return refusal;
  }

  /** Makes the server unmap regions that are no longer used. @throws TritonError */
  tidy(timeoutMs: number): Promise<void> {
    return this.registry.tidy(timeoutMs);
  }

  /** Makes the server unmap all regions that no call uses. @throws TritonError */
  close(timeoutMs: number): Promise<void> {
    return this.registry.close(timeoutMs);
  }

  /**
   * Runs a model once.
   * @returns false if the call must be sent over gRPC; the outputs then hold no answer
   * @throws TritonError for failures that are not caused by shared memory
   */
  async infer(
    model: ModelName,
    call: MatrixCall,
    budget: CallBudget,
    layout: RegionLayout,
  ): Promise<boolean> {
    const region = await this.acquire(layout.byteLength, budget);
    if (region === undefined) return false;
    let isReusable = false;
    try {
      layout.writeInputs(region);
      const response = await this.client.inferRaw(sharedRequest(model, call, layout, region), budget.left());
      for (const [name, matrix] of call.outputs) checkOutput(response, name, call.rowCount, matrix.width);
      isReusable = true;
      const isWritten = layout.readOutputs(region);
      if (!isWritten) this.registry.forget(region);
      return isWritten;
    } catch (error) {
      isReusable = error instanceof TritonError && IS_OVER.has(error.kind);
      // Errors of the file system: the file was truncated.
      if (!(error instanceof TritonError)) return false;
      if (!isAboutSharedMemory(error)) throw error;
      this.registry.forget(region);
      return false;
    } finally {
      if (isReusable) this.pool.release(region);
      // An abandoned request may still run, and would write into the memory of the next request.
      else this.pool.discard(region);
    }
  }

  /**
   * Acquires a region that the server has mapped.
   * @returns undefined if the call must use gRPC
   * @throws TritonError if the server does not answer
   */
  private async acquire(byteLength: number, budget: CallBudget): Promise<SharedRegion | undefined> {
    const { pool, registry, refusal } = this;
    if (!this.isConnected || (refusal !== undefined && performance.now() < refusal.untilMs)) return undefined;
    if (registry.abandonedByteLength > pool.maxBytes) return undefined;
    const region = pool.acquire(byteLength);
    if (region === undefined) return undefined;
    try {
      await registry.ensure(region, budget.left());
      // Several calls may wait for a region: only the first one reports the change.
      if (refusal !== undefined && this.refusal === refusal) this.accept();
      return region;
    } catch (error) {
      pool.discard(region);
      if (error instanceof TritonError && isUnanswered(error)) throw error;
      this.refuse(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  private accept(): void {
    this.refusal = undefined;
    this.onChange(undefined);
  }

  private refuse(reason: string): void {
    const isNew = this.refusal === undefined;
    this.refusal = refusalNow(reason);
    if (isNew) this.onChange(reason);
  }
}

function refusalNow(reason: string): Refusal {
  return { reason, untilMs: performance.now() + REFUSED_MS };
}

function sharedRequest(
  { name, version }: ModelName,
  { rowCount, inputs, outputs }: MatrixCall,
  layout: RegionLayout,
  region: SharedRegion,
): Parameters<TritonClient['inferRaw']>[0] {
  const sliceOf = (matrix: Parameters<RegionLayout['placeOf']>[0]): SharedMemorySlice => ({
    region: region.name,
    ...layout.placeOf(matrix),
  });
  return {
    modelName: name,
    modelVersion: version,
    inputs: [...inputs].map(([tensor, matrix]) => toInferInput(tensor, matrix, rowCount, sliceOf(matrix))),
    outputs: [...outputs].map(([tensor, matrix]) => ({ name: tensor, sharedMemory: sliceOf(matrix) })),
  };
}
