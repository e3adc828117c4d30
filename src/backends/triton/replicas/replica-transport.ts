import type { TritonClient } from '../client/triton-client.js';
import type { InputMatrix } from '../../../inference/backend.js';
import type { SharedMemorySlice } from '../client/infer-request.js';
import { TritonError, type TritonErrorKind } from '../client/triton-error.js';
import type { TritonCallOptions } from '../client/inference-calls.js';
import { checkOutput, type MatrixCall, readOutputs, rowBytes, toInferInput } from '../matrix-tensors.js';
import type { RegionPool } from '../memory/region-pool.js';
import { RegionRegistry } from '../memory/region-registry.js';
import type { SharedRegion } from '../memory/shared-region.js';
import { isUnanswered } from '../triton-fault.js';

/** Below this, copying through a file costs more than the bytes do on the wire. */
const SMALLEST_SHARED_BYTES = 65_536;

/** What may be set. */
export interface ReplicaTransportOptions {
  /** Tensors of a call that are smaller, all together, go by gRPC. Default 65,536. */
  readonly smallestSharedBytes?: number;
  /** Called when shared memory, which could be used, cannot be used any more until the server is reached anew. */
  readonly onObstacle?: (obstacle: string) => void;
}
/** Tensors begin at multiples of a cache line. */
const ALIGNMENT_BYTES = 64;

/** A model as requests name it. */
export interface ModelName {
  readonly name: string;
  readonly version: string;
}

/** Where one tensor lies in a region. */
interface Placement {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Sends matrices to one server: through shared memory where it sees ours and they are large, else over gRPC. */
export class ReplicaTransport {
  private readonly registry: RegionRegistry | undefined;
  private isShared = false;
  private readonly smallestSharedBytes: number;
  private readonly onObstacle: (obstacle: string) => void;

  /** @param pool undefined: gRPC only */
  constructor(
    private readonly client: TritonClient,
    private readonly pool: RegionPool | undefined,
    {
      smallestSharedBytes = SMALLEST_SHARED_BYTES,
      onObstacle = () => undefined,
    }: ReplicaTransportOptions = {},
  ) {
    this.onObstacle = onObstacle;
    this.smallestSharedBytes = smallestSharedBytes;
    this.registry = pool === undefined ? undefined : new RegionRegistry(client, pool);
  }

  /** How large tensors travel. */
  get kind(): 'shared_memory' | 'grpc' {
    return this.isShared ? 'shared_memory' : 'grpc';
  }

  /**
   * Finds out, for a server that has just been reached, whether shared memory can be used.
   * @returns why not; undefined when it can, or was not wanted
   */
  async connect(timeoutMs: number): Promise<string | undefined> {
    if (this.registry === undefined) return undefined;
    const obstacle = await this.registry.probe(timeoutMs);
    this.isShared = obstacle === undefined;
    return obstacle;
  }

  /** Lets go of memory that is not used any more. @throws TritonError */
  async tidy(timeoutMs: number): Promise<void> {
    await this.registry?.tidy(timeoutMs);
  }

  /** Lets go of all shared memory that no call uses. @throws TritonError */
  async close(timeoutMs: number): Promise<void> {
    await this.registry?.close(timeoutMs);
  }

  /**
   * Runs a model once.
   * @param smallestSharedBytes tensors that are smaller, all together, go by gRPC; default: what the transport was made with
   * @throws TritonError
   */
  async infer(
    model: ModelName,
    call: MatrixCall,
    options: TritonCallOptions,
    smallestSharedBytes = this.smallestSharedBytes,
  ): Promise<void> {
    if (options.signal?.aborted === true) throw new TritonError('cancelled', 'cancelled by the caller');
    const layout = new RegionLayout(call);
    const budget = new CallBudget(options);
    const isLarge = layout.byteLength >= smallestSharedBytes;
    const shared = isLarge ? await this.acquire(layout.byteLength, budget) : undefined;
    if (shared === undefined) await this.inferByGrpc(model, call, budget.left());
    else await this.inferShared(model, call, budget, layout, shared);
  }

  /** A region that the server has mapped. @returns undefined when the call goes by gRPC @throws TritonError */
  private async acquire(byteLength: number, budget: CallBudget): Promise<SharedCall | undefined> {
    const { pool, registry } = this;
    if (!this.isShared || pool === undefined || registry === undefined) return undefined;
    if (registry.abandonedByteLength > pool.maxBytes) return undefined;
    const region = pool.acquire(byteLength);
    if (region === undefined) return undefined;
    try {
      await registry.ensure(region, budget.left());
      return { pool, registry, region };
    } catch (error) {
      pool.release(region);
      if (error instanceof TritonError && isUnanswered(error)) throw error;
      this.isShared = false;
      this.onObstacle(error instanceof Error ? error.message : String(error));
      return undefined;
    }
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

  private async inferShared(
    model: ModelName,
    call: MatrixCall,
    budget: CallBudget,
    layout: RegionLayout,
    { pool, registry, region }: SharedCall,
  ): Promise<void> {
    const { rowCount, inputs, outputs } = call;
    let isAnswered = false;
    try {
      for (const [tensor, matrix] of inputs)
        region.write(rowBytes(matrix, rowCount), placeOf(layout.inputs, tensor).byteOffset);
      const response = await this.sendShared(model, call, budget, layout, { pool, registry, region });
      isAnswered = true;
      for (const [tensor, matrix] of outputs) {
        checkOutput(response, tensor, rowCount, matrix.width);
        region.read(rowBytes(matrix, rowCount), placeOf(layout.outputs, tensor).byteOffset);
      }
    } catch (error) {
      isAnswered ||= error instanceof TritonError && IS_OVER.has(error.kind);
      throw error;
    } finally {
      // A request that was given up may still be run, and would write into what the next one reads.
      if (isAnswered) pool.release(region);
      else pool.discard(region);
    }
  }

  private async sendShared(
    { name, version }: ModelName,
    { rowCount, inputs, outputs }: MatrixCall,
    budget: CallBudget,
    layout: RegionLayout,
    { registry, region }: SharedCall,
  ): ReturnType<TritonClient['inferRaw']> {
    const sliceOf = (places: Placements, tensor: string): SharedMemorySlice => ({
      region: region.name,
      ...placeOf(places, tensor),
    });
    const request = {
      modelName: name,
      modelVersion: version,
      inputs: [...inputs].map(([tensor, matrix]) =>
        toInferInput(tensor, matrix, rowCount, sliceOf(layout.inputs, tensor)),
      ),
      outputs: [...outputs.keys()].map((tensor) => ({
        name: tensor,
        sharedMemory: sliceOf(layout.outputs, tensor),
      })),
    };
    try {
      return await this.client.inferRaw(request, budget.left());
    } catch (error) {
      if (!(error instanceof TritonError) || error.kind !== 'unknown_region') throw error;
      // The server was started anew since it mapped the region.
      registry.forget(region);
      await registry.ensure(region, budget.left());
      return await this.client.inferRaw(request, budget.left());
    }
  }
}

/** What is left of the time of a call that takes several. */
class CallBudget {
  private readonly startedMs = performance.now();

  constructor(private readonly options: TritonCallOptions) {}

  left(): TritonCallOptions {
    const { timeoutMs = Infinity } = this.options;
    return { ...this.options, timeoutMs: timeoutMs - (performance.now() - this.startedMs) };
  }
}

type Placements = ReadonlyMap<string, Placement>;

interface SharedCall {
  readonly pool: RegionPool;
  readonly registry: RegionRegistry;
  readonly region: SharedRegion;
}

/** Kinds of failures after which the server does not touch the memory of the request any more. */
const IS_OVER: ReadonlySet<TritonErrorKind> = new Set([
  'busy',
  'unknown_model',
  'unknown_region',
  'invalid_argument',
  'internal',
]);

/** Where the tensors of a call lie in a region: inputs, then outputs. */
class RegionLayout {
  readonly byteLength: number;
  readonly inputs: Placements;
  readonly outputs: Placements;

  constructor({ rowCount, inputs, outputs }: MatrixCall) {
    let byteOffset = 0;
    const place = ([tensor, matrix]: [string, InputMatrix]): [string, Placement] => {
      const placement = { byteOffset, byteLength: rowBytes(matrix, rowCount).byteLength };
      byteOffset += Math.ceil(placement.byteLength / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      return [tensor, placement];
    };
    this.inputs = new Map([...inputs].map(place));
    this.outputs = new Map([...outputs].map(place));
    this.byteLength = byteOffset;
  }
}

function placeOf(places: Placements, tensor: string): Placement {
  const place = places.get(tensor);
  if (place === undefined) throw new TypeError(`no tensor ${tensor} in the region`);
  return place;
}
