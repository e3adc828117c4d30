import { DistinctRows } from '../pairs/distinct-rows.js';
import { HASH128_LANES, hashWords128 } from '../pairs/murmur3.js';
import type { InferenceContext, InputMatrix, Matrix } from '../backends/backend.js';
import { createInputs, type Tower, type TowerSlot } from './model-input.js';
import { TowerCache } from './tower-cache.js';

/** Receives events of a tower. */
export interface TowerObserver {
  /** Called per batch: number of tweets found and not found in the cache, and its size and capacity afterwards. */
  towerLookedUp(
    tower: string,
    hitCount: number,
    missCount: number,
    cachedCount: number,
    capacity: number,
  ): void;
}

/** Buffers of one slot for running a tower, besides its inputs. */
interface RunBuffers {
  readonly hashes: Int32Array;
  /** Distinct inputs that are not in the cache. */
  readonly distinctInputs: DistinctRows;
  readonly words: readonly InputWords[];
  /** First row of each distinct input that is not in the cache. */
  readonly missing: Int32Array;
  /** Inputs of these rows, contiguous. Used if the rows are not contiguous in the slot. */
  readonly inputs: ReadonlyMap<string, InputMatrix>;
  readonly output: Matrix;
  /** Position in `missing` by row; -1 for a cached row. */
  readonly missingOf: Int32Array;
}

/** An input of any datatype as 32-bit words. */
interface InputWords {
  readonly ofSlot: Int32Array;
  readonly ofMissing: Int32Array;
  /** Number of words per row. */
  readonly width: number;
}

/** Runs one tower over the tweets of slots. Computes each distinct input once, unless it is in the cache. */
export class TowerRunner {
  readonly name: string;
  private readonly cache: TowerCache;
  private readonly buffers = new WeakMap<TowerSlot, RunBuffers>();
  private readonly width: number;

  /** @param cacheBytes size of the cache in bytes */
  constructor(
    private readonly tower: Tower,
    cacheBytes: number,
    private readonly observer: TowerObserver | undefined,
  ) {
    this.name = tower.name;
    this.width = tower.output.width;
    this.cache = new TowerCache(
      Math.floor(cacheBytes / (this.width * Float32Array.BYTES_PER_ELEMENT)),
      this.width,
    );
  }

  /** Allocates the tower's part of a slot. */
  createSlot(rowCapacity: number): TowerSlot {
    const slot: TowerSlot = {
      inputs: createInputs(this.tower.inputs, rowCapacity),
      rowCount: 0,
      rowOfPair: new Int32Array(rowCapacity),
      vectors: this.createOutput(rowCapacity),
    };
    const inputs = createInputs(this.tower.inputs, rowCapacity);
    this.buffers.set(slot, {
      words: [...slot.inputs].map(([tensor, { data, width }]) => ({
        ofSlot: wordsOf(data),
        ofMissing: wordsOf(inputs.get(tensor)!.data),
        width,
      })),
      hashes: new Int32Array(rowCapacity * HASH128_LANES),
      distinctInputs: new DistinctRows(HASH128_LANES, rowCapacity),
      missing: new Int32Array(rowCapacity),
      inputs,
      output: this.createOutput(rowCapacity),
      missingOf: new Int32Array(rowCapacity),
    });
    return slot;
  }

  /** Computes the vectors of a slot that `createSlot` made. @throws as ModelHandle.infer */
  async run(slot: TowerSlot, context: InferenceContext): Promise<void> {
    const buffers = this.buffers.get(slot)!;
    const missCount = this.findMissing(slot, buffers);
    if (missCount > 0) {
      const { tensor } = this.tower.output;
      // If every row is missing, rows and positions are equal, and the vectors are already in place.
      const isWhole = missCount === slot.rowCount;
      if (!isWhole) gatherInputs(buffers, missCount);
      const inputs = isWhole ? slot.inputs : buffers.inputs;
      const output = isWhole ? slot.vectors : buffers.output;
      await this.tower.model.infer(missCount, inputs, new Map([[tensor, output]]), context);
      if (!isWhole) this.scatter(slot, buffers);
      if (this.cache.capacity > 0) this.keep(buffers, output, missCount);
    }
    const { cache, observer, name } = this;
    observer?.towerLookedUp(name, slot.rowCount - missCount, missCount, cache.size, cache.capacity);
  }

  /** Copies cached vectors, and lists the rows that are not cached. @returns number of distinct inputs that are not cached */
  private findMissing(slot: TowerSlot, buffers: RunBuffers): number {
    const { hashes, distinctInputs, missing, missingOf } = buffers;
    distinctInputs.clear();
    for (let row = 0; row < slot.rowCount; row += 1) {
      hashRow(buffers, row);
      missingOf[row] = -1;
      if (this.cache.read(hashes, row * HASH128_LANES, slot.vectors.data, row * this.width)) continue;
      const place = distinctInputs.count;
      missingOf[row] = distinctInputs.findOrAdd(hashes, row * HASH128_LANES);
      if (missingOf[row] === place) missing[place] = row;
    }
    return distinctInputs.count;
  }

  private scatter(slot: TowerSlot, { missingOf, output }: RunBuffers): void {
    const { width } = this;
    for (let row = 0; row < slot.rowCount; row += 1) {
      const place = missingOf[row]!;
      if (place < 0) continue;
      slot.vectors.data.set(output.data.subarray(place * width, (place + 1) * width), row * width);
    }
  }

  private keep({ hashes, missing }: RunBuffers, { data, width }: Matrix, missCount: number): void {
    for (let place = 0; place < missCount; place += 1)
      // A vector with NaN is not cached, so that one bad answer is not repeated.
      if (isFiniteRow(data, place * width, width))
        this.cache.write(hashes, missing[place]! * HASH128_LANES, data, place * width);
  }

  private createOutput(rowCapacity: number): Matrix {
    return { data: new Float32Array(rowCapacity * this.width), width: this.width };
  }
}

function isFiniteRow(data: Float32Array, from: number, width: number): boolean {
  for (let i = from; i < from + width; i += 1) if (!Number.isFinite(data[i])) return false;
  return true;
}

function wordsOf(data: InputMatrix['data']): Int32Array {
  return data instanceof Int32Array ? data : new Int32Array(data.buffer);
}

/** Hashes all input bytes of a row. */
function hashRow({ hashes, words }: RunBuffers, row: number): void {
  const at = row * HASH128_LANES;
  hashes.fill(0, at, at + HASH128_LANES);
  for (const { ofSlot, width } of words) hashWords128(ofSlot, row * width, (row + 1) * width, hashes, at);
}

/** Copies the inputs of the rows that are not cached, contiguously. */
function gatherInputs({ words, missing }: RunBuffers, missCount: number): void {
  for (const { ofSlot, ofMissing, width } of words)
    for (let place = 0; place < missCount; place += 1) {
      const from = missing[place]! * width;
      const to = place * width;
      for (let i = 0; i < width; i += 1) ofMissing[to + i] = ofSlot[from + i]!;
    }
}
