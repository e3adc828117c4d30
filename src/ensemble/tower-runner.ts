import { HASH128_LANES, hashWords128 } from '../pairs/murmur3.js';
import type { InferenceContext, InputMatrix, Matrix } from '../backends/backend.js';
import { FirstRows } from './first-rows.js';
import { createInputs, type Tower, type TowerSlot } from './model-input.js';
import { TowerCache } from './tower-cache.js';

/** What a tower tells of itself. */
export interface TowerObserver {
  /** So many tweets of a batch were found in the cache of a tower, so many were not; it now holds so many of its capacity. */
  towerLookedUp(
    tower: string,
    hitCount: number,
    missCount: number,
    cachedCount: number,
    capacity: number,
  ): void;
}

/** What one slot needs to run a tower, beside its input. */
interface RunBuffers {
  readonly hashes: Int32Array;
  readonly firstRows: FirstRows;
  readonly words: readonly InputWords[];
  /** Rows that are not in the cache, each different input once. */
  readonly missing: Int32Array;
  /** Their inputs, one after another, where other rows lie between them in the slot. */
  readonly inputs: ReadonlyMap<string, InputMatrix>;
  readonly output: Matrix;
  /** For each row, its place in `missing`; -1 where it was cached. */
  readonly missingOf: Int32Array;
}

/** An input as words, whatever its datatype. */
interface InputWords {
  readonly ofSlot: Int32Array;
  readonly ofMissing: Int32Array;
  /** Words of a row. */
  readonly width: number;
}

/** Runs one tower over the tweets of slots: what the cache does not hold, each distinct input once. */
export class TowerRunner {
  readonly name: string;
  private readonly cache: TowerCache;
  private readonly buffers = new WeakMap<TowerSlot, RunBuffers>();
  private readonly width: number;

  /** @param cacheBytes of cached vectors */
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

  /** Allocates what the tower needs in a slot. */
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
      firstRows: new FirstRows(rowCapacity),
      missing: new Int32Array(rowCapacity),
      inputs,
      output: this.createOutput(rowCapacity),
      missingOf: new Int32Array(rowCapacity),
    });
    return slot;
  }

  /** Fills the vectors of the rows of a slot of `createSlot`. @throws as ModelHandle.infer */
  async run(slot: TowerSlot, context: InferenceContext): Promise<void> {
    const buffers = this.buffers.get(slot)!;
    const missCount = this.findMissing(slot, buffers);
    if (missCount > 0) {
      const { tensor } = this.tower.output;
      // Where every row is missing, row and place are the same, and nothing has to be put in its place.
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

  /** Reads what the cache holds, and notes the rest. @returns how many distinct inputs are missing */
  private findMissing(slot: TowerSlot, buffers: RunBuffers): number {
    const { hashes, firstRows, missing, missingOf } = buffers;
    firstRows.clear();
    let missCount = 0;
    for (let row = 0; row < slot.rowCount; row += 1) {
      hashRow(buffers, row);
      missingOf[row] = -1;
      if (this.cache.read(hashes, row * HASH128_LANES, slot.vectors.data, row * this.width)) continue;
      const first = firstRows.add(hashes, row);
      if (first === row) {
        missing[missCount] = row;
        missingOf[row] = missCount;
        missCount += 1;
      } else missingOf[row] = missingOf[first]!;
    }
    return missCount;
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
      // One bad answer is not to be given again and again.
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

/** Hashes the bytes of everything the tower reads of a row. */
function hashRow({ hashes, words }: RunBuffers, row: number): void {
  const at = row * HASH128_LANES;
  hashes.fill(0, at, at + HASH128_LANES);
  for (const { ofSlot, width } of words) hashWords128(ofSlot, row * width, (row + 1) * width, hashes, at);
}

/** Lines up the inputs of the rows that are missing. */
function gatherInputs({ words, missing }: RunBuffers, missCount: number): void {
  for (const { ofSlot, ofMissing, width } of words)
    for (let place = 0; place < missCount; place += 1) {
      const from = missing[place]! * width;
      const to = place * width;
      for (let i = 0; i < width; i += 1) ofMissing[to + i] = ofSlot[from + i]!;
    }
}
