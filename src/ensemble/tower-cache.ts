import { LRUCache } from 'lru-cache';
import { HASH128_LANES } from '../pairs/murmur3.js';

/** Mask of the low 20 bits of the second lane: with the first lane they are 52 bits, which a double holds exactly. */
const KEY_MASK = 0xf_ff_ff;
const TWO_32 = 2 ** 32;

/**
 * Cache of one tower's vectors by the 128-bit hash of the exact input. Evicts the least recently used vector. Vectors are in
 * one array of a fixed size. A cache belongs to one loaded model, so it never returns vectors of another model.
 */
export class TowerCache {
  private readonly vectors: Float32Array;
  /** Full hash of each entry: the keys of the map have only 52 bits of it. */
  private readonly hashes: Int32Array;
  private readonly rows: LRUCache<number, number> | undefined;
  private readonly freeRows: number[] = [];

  /**
   * @param capacity maximum number of vectors; 0 turns the cache off
   * @param width number of values in a vector
   */
  constructor(
    readonly capacity: number,
    private readonly width: number,
  ) {
    this.vectors = new Float32Array(capacity * width);
    this.hashes = new Int32Array(capacity * HASH128_LANES);
    for (let row = capacity - 1; row >= 0; row -= 1) this.freeRows.push(row);
    // In lru-cache, a maximum of 0 means unbounded.
    if (capacity > 0)
      this.rows = new LRUCache({ max: capacity, dispose: (row) => void this.freeRows.push(row) });
  }

  /** Number of cached vectors. */
  get size(): number {
    return this.rows?.size ?? 0;
  }

  /** Copies the vector of a hash (four lanes at hash[hashAt ..]) to out[outAt ..]. @returns false if it is not cached */
  read(hash: Int32Array, hashAt: number, out: Float32Array, outAt: number): boolean {
    const row = this.rows?.get(keyOf(hash, hashAt));
    if (row === undefined) return false;
    for (let lane = 0; lane < HASH128_LANES; lane += 1)
      if (this.hashes[row * HASH128_LANES + lane] !== hash[hashAt + lane]) return false;
    out.set(this.vectors.subarray(row * this.width, (row + 1) * this.width), outAt);
    return true;
  }

  /** Stores a copy of vectors[vectorAt ..] under a hash. */
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
