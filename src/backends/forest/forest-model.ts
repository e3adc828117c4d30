import { PairstreamError } from '../../errors/pairstream-error.js';
import type { InferenceContext, InputMatrix, Matrix, ModelHandle, ModelMetadata } from '../backend.js';
import { requireTime } from '../call-time.js';
import type { ForestThreads } from './forest-threads.js';
import { ForestWalker } from './forest-walker.js';
import type { CompiledForest } from './compiled-forest.js';
import { ALIGNMENT_BYTES, alignedBytes, allocateRegion, floatsAt } from './memory-regions.js';
import { type RowRegion, RowRegions } from './row-regions.js';

/** Input tensor, FP32 [-1, featureCount]. NVIDIA's FIL backend gives the tensors these names. */
export const INPUT_TENSOR = 'input__0';
/** Output tensor, FP32 [-1, outputCount]. */
export const OUTPUT_TENSOR = 'output__0';

/** Rows of the largest call that may run on the thread of the caller. Handing these rows to another thread takes longer. */
const CALLER_ROWS = 8;
/** Maximum number of steps from node to node in such a call, because the call blocks the event loop: about 3 ms. */
const CALLER_STEPS = 2 ** 19;
/** Rows of a region. Larger calls take several regions. */
const REGION_ROWS = 1_024;
/** Rows of a kernel block. A divided call has pieces of whole blocks; the last piece may be shorter. */
const BLOCK_ROWS = 256;
/** Regions per thread: while a thread computes one, the next is filled. */
const REGIONS_PER_THREAD = 2;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

/** Number of walks of one forest that may run at the same time: one per region, and one on the thread of the caller. */
export function walkCount(threadCount: number): number {
  return REGIONS_PER_THREAD * threadCount + 1;
}

/** A loaded forest. Small calls are computed on the thread of the caller, others on the threads of the engine. */
export class ForestModel implements ModelHandle {
  private readonly walker: ForestWalker;
  private readonly regions: RowRegions;
  private readonly ownRegion: RowRegion;
  private readonly number: number;
  /** Rows of the largest call of this forest that runs on the thread of the caller, 0 to CALLER_ROWS. */
  private readonly callerRows: number;

  /** @throws PairstreamError INVALID_MODEL if the memory has no room for the rows of the walks */
  constructor(
    readonly metadata: ModelMetadata,
    private readonly compiled: CompiledForest,
    kernel: WebAssembly.Module,
    private readonly threads: ForestThreads,
    private readonly onRelease: () => void,
  ) {
    const regionCount = compiled.scratchCount - 1;
    const regionBytes = this.bytesOf(REGION_ROWS);
    const first = allocateRegion(compiled, regionBytes * regionCount + this.bytesOf(CALLER_ROWS));
    const regions = Array.from({ length: regionCount }, (_, scratch) =>
      this.regionAt(first + scratch * regionBytes, scratch, REGION_ROWS),
    );
    this.regions = new RowRegions(regions);
    this.ownRegion = this.regionAt(first + regionCount * regionBytes, regionCount, CALLER_ROWS);
    this.callerRows = Math.min(CALLER_ROWS, Math.floor(CALLER_STEPS / compiled.stepsPerRow));
    this.walker = new ForestWalker(compiled, kernel, regionCount);
    this.number = threads.add(compiled);
  }

  /**
   * Runs the forest on `input__0` [rowCount, featureCount] and writes `output__0` [rowCount, outputCount]. NaN is a missing value.
   * Deadline and signal are heard until a thread begins a walk, because a walk cannot be interrupted.
   * @throws PairstreamError CANCELLED; DEADLINE_EXCEEDED; BACKEND_FAILED for a missing tensor, another datatype or another width,
   *   and if a thread ended; BACKEND_UNAVAILABLE after the engine closed
   */
  async infer(
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
    context: InferenceContext,
  ): Promise<void> {
    const rows = this.valuesOf(inputs, INPUT_TENSOR, this.compiled.featureCount);
    const outs = this.valuesOf(outputs, OUTPUT_TENSOR, this.compiled.outputCount);
    requireTime(context);
    if (rowCount <= this.callerRows) {
      this.fill(this.ownRegion, rows, 0, rowCount);
      this.walker.predict(this.ownRegion.rowsAddress, rowCount, this.ownRegion.outsAddress);
      this.take(this.ownRegion, outs, 0, rowCount);
      return;
    }
    const pieceRows = this.pieceRowsOf(rowCount);
    const pieces: Promise<void>[] = [];
    for (let from = 0; from < rowCount; from += pieceRows)
      pieces.push(this.walkPiece(rows, outs, from, Math.min(pieceRows, rowCount - from), context));
    // All pieces must have ended before a failure is thrown, because the caller then reuses its matrices.
    const failed = (await Promise.allSettled(pieces)).find((piece) => piece.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Number of walks of this forest that wait for room in its memory. */
  get waitingCount(): number {
    return this.regions.waitingCount;
  }

  /** Removes the forest from the threads. No call may be in flight or follow. */
  release(): Promise<void> {
    this.threads.remove(this.number);
    this.onRelease();
    return Promise.resolve();
  }

  /** Rows per piece: whole blocks, divided evenly among the threads, and at most the rows of a region. */
  private pieceRowsOf(rowCount: number): number {
    const blockCount = Math.ceil(rowCount / BLOCK_ROWS);
    return Math.min(Math.ceil(blockCount / this.threads.threadCount) * BLOCK_ROWS, REGION_ROWS);
  }

  private async walkPiece(
    rows: Float32Array,
    outs: Float32Array,
    from: number,
    rowCount: number,
    context: InferenceContext,
  ): Promise<void> {
    const region = await this.regions.acquire(context);
    let ended: Promise<void> | undefined;
    try {
      requireTime(context);
      this.fill(region, rows, from, rowCount);
      const walk = this.threads.walk({ ...region, number: this.number, rowCount }, context);
      ({ ended } = walk);
      await walk.answered;
      this.take(region, outs, from, rowCount);
    } finally {
      // A walk that was withdrawn is still in the queue of its thread.
      if (ended === undefined) this.regions.release(region);
      else void ended.then(() => this.regions.release(region));
    }
  }

  /** Copies rows of the caller into a region. */
  private fill({ rowsAddress }: RowRegion, rows: Float32Array, from: number, rowCount: number): void {
    const { featureCount: width } = this.compiled;
    const values = rows.subarray(from * width, (from + rowCount) * width);
    floatsAt(this.compiled, rowsAddress, values.length).set(values);
  }

  /** Copies the outputs of a region to the caller. */
  private take({ outsAddress }: RowRegion, outs: Float32Array, from: number, rowCount: number): void {
    const { outputCount: width } = this.compiled;
    outs.set(floatsAt(this.compiled, outsAddress, rowCount * width), from * width);
  }

  private regionAt(address: number, scratch: number, rowCount: number): RowRegion {
    const outsAddress = address + inputBytes(this.compiled, rowCount);
    const mayBeginAddress = outsAddress + outputBytes(this.compiled, rowCount);
    return { scratch, rowsAddress: address, outsAddress, mayBeginAddress };
  }

  /** Bytes of a region. */
  private bytesOf(rowCount: number): number {
    const { compiled } = this;
    return inputBytes(compiled, rowCount) + outputBytes(compiled, rowCount) + ALIGNMENT_BYTES;
  }

  private valuesOf(matrices: ReadonlyMap<string, InputMatrix>, tensor: string, width: number): Float32Array {
    const { name, version } = this.metadata;
    const matrix = matrices.get(tensor);
    if (matrix?.width === width && matrix.data instanceof Float32Array) return matrix.data;
    const seen =
      matrix === undefined ? `only ${[...matrices.keys()].join(', ')}` : `${matrix.width} values per row`;
    const problem = `model ${name} ${version}: ${tensor}: ${seen}, expected FP32 with ${width} values per row`;
    throw new PairstreamError('BACKEND_FAILED', problem, { field: tensor });
  }
}

function inputBytes({ featureCount }: CompiledForest, rowCount: number): number {
  return alignedBytes(featureCount * rowCount * FLOAT_BYTES);
}

function outputBytes({ outputCount }: CompiledForest, rowCount: number): number {
  return alignedBytes(outputCount * rowCount * FLOAT_BYTES);
}
