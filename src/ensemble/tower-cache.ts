import { LRUCache } from 'lru-cache';
import { HASH128_LANES } from '../pairs/murmur3.js';

/** A double holds 53 bits: the low lane and the low 20 bits of the next. */
const KEY_MASK = 0xf_ff_ff;
const TWO_32 = 2 ** 32;

/**
 * Outputs of one tower by the 128-bit hash of its exact input, the least recently used given up first. Vectors lie in one
 * array of a fixed size; a cache belongs to one loaded model, so that nothing of another model can be found in it.
 */
export class TowerCache {
  private readonly vectors: Float32Array;
  /** Lanes of each row's hash: the map knows a part of them only. */
  private readonly hashes: Int32Array;
  private readonly rows: LRUCache<number, number> | undefined;
  private readonly freeRows: number[] = [];

  /**
   * @param capacity vectors it holds; 0 holds none
   * @param width values of a vector
   */
  constructor(
    readonly capacity: number,
    private readonly width: number,
  ) {
    this.vectors = new Float32Array(capacity * width);
    this.hashes = new Int32Array(capacity * HASH128_LANES);
    for (let row = capacity - 1; row >= 0; row -= 1) this.freeRows.push(row);
    // The library's own word for no bound is 0.
    if (capacity > 0)
      this.rows = new LRUCache({ max: capacity, dispose: (row) => void this.freeRows.push(row) });
  }

  /** Vectors held. */
  get size(): number {
    return this.rows?.size ?? 0;
  }

  /** Copies the vector of a hash (four lanes at hash[hashAt ..]) to out[outAt ..]. @returns whether it is here */
  read(hash: Int32Array, hashAt: number, out: Float32Array, outAt: number): boolean {
    const row = this.rows?.get(keyOf(hash, hashAt));
    if (row === undefined) return false;
    for (let lane = 0; lane < HASH128_LANES; lane += 1)
      if (this.hashes[row * HASH128_LANES + lane] !== hash[hashAt + lane]) return false;
    out.set(this.vectors.subarray(row * this.width, (row + 1) * this.width), outAt);
    return true;
  }

  /** Keeps a copy of vectors[vectorAt ..] under a hash. */
  write(hash: Int32Array, hashAt: number, vectors: Float32Array, vectorAt: number): void {
    const { rows } = this;
    if (rows === undefined) return;
    const key = keyOf(hash, hashAt);
    let row = rows.get(key);
    if (row === undefined) {
      if (this.freeRows.length === 0) rows.pop();
      row = this.freeRows.pop()!;
      rows.set(key, row);
    }
    this.vectors.set(vectors.subarray(vectorAt, vectorAt + this.width), row * this.width);
    this.hashes.set(hash.subarray(hashAt, hashAt + HASH128_LANES), row * HASH128_LANES);
  }
}

function keyOf(hash: Int32Array, at: number): number {
  return (hash[at + 1]! & KEY_MASK) * TWO_32 + (hash[at]! >>> 0);
}
