const INITIAL_ROWS = 128;
/** The table is at most half full, so that probe runs stay short. */
const SLOTS_PER_ROW = 2;
/** Largest generation: stamps are 16-bit numbers, and 0 marks a slot that was never used. */
const LAST_GENERATION = 0xff_ff;
/** Default bound: far more rows than a request or a batch of files has. */
const MAX_ROWS = 2 ** 24;
/** 2^32 divided by the golden ratio: spreads keys that differ in few bits. */
const SPREAD = 0x9e_37_79_b1;

/**
 * Numbers distinct keys 0, 1, 2 ... in the order they first come. A key is a fixed number of 32-bit lanes: the content of a row, or a
 * hash of the content. Open addressing with linear probing on typed arrays: finding a key allocates nothing, and `clear` keeps the
 * memory and takes constant time.
 */
export class DistinctRows {
  #slotCount = INITIAL_ROWS * SLOTS_PER_ROW;
  /** Row by slot; valid where the stamp is the current generation. */
  #rows = new Int32Array(this.#slotCount);
  #stamps = new Uint16Array(this.#slotCount);
  /** Lanes by row. */
  #keys: Int32Array;
  #generation = 1;
  #count = 0;

  /**
   * @param laneCount lanes of a key, 1 or more
   * @param maxRows largest number of distinct keys. Default: 16,777,216
   */
  constructor(
    private readonly laneCount: number,
    private readonly maxRows = MAX_ROWS,
  ) {
    this.#keys = new Int32Array(INITIAL_ROWS * laneCount);
  }

  /** Number of distinct keys since the last `clear`. */
  get count(): number {
    return this.#count;
  }

  /**
   * Row of the key keys[at .. at + laneCount). A new key gets the next row, which equals `count` before the call.
   * @throws RangeError for a new key beyond `maxRows`
   */
  findOrAdd(keys: Int32Array, at: number): number {
    const mask = this.#slotCount - 1;
    let slot = this.#homeOf(keys, at) & mask;
    while (this.#stamps[slot] === this.#generation) {
      const row = this.#rows[slot]!;
      if (this.#isKeyOf(row, keys, at)) return row;
      slot = (slot + 1) & mask;
    }
    return this.#add(keys, at, slot);
  }

  /** Forgets every key. */
  clear(): void {
    this.#count = 0;
    if (this.#generation === LAST_GENERATION) {
      // Stamps of old generations would be taken for those of the new ones.
      this.#stamps.fill(0);
      this.#generation = 0;
    }
    this.#generation += 1;
  }

  #homeOf(keys: Int32Array, at: number): number {
    let home = 0;
    for (let lane = 0; lane < this.laneCount; lane += 1) {
      home = Math.imul(home ^ keys[at + lane]!, SPREAD);
      home ^= home >>> 15;
    }
    return home;
  }

  #isKeyOf(row: number, keys: Int32Array, at: number): boolean {
    const from = row * this.laneCount;
    for (let lane = 0; lane < this.laneCount; lane += 1)
      if (this.#keys[from + lane] !== keys[at + lane]) return false;
    return true;
  }

  #add(keys: Int32Array, at: number, slot: number): number {
    const row = this.#count;
    if (row === this.maxRows)
      throw new RangeError(
        `a batch has more than ${this.maxRows} distinct rows, expected at most ${this.maxRows}`,
      );
    const from = row * this.laneCount;
    for (let lane = 0; lane < this.laneCount; lane += 1) this.#keys[from + lane] = keys[at + lane]!;
    this.#rows[slot] = row;
    this.#stamps[slot] = this.#generation;
    this.#count += 1;
    if (this.#count * SLOTS_PER_ROW === this.#slotCount) this.#grow();
    return row;
  }

  #grow(): void {
    this.#slotCount *= 2;
    const keys = new Int32Array((this.#slotCount / SLOTS_PER_ROW) * this.laneCount);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#rows = new Int32Array(this.#slotCount);
    this.#stamps = new Uint16Array(this.#slotCount);
    this.#generation = 1;
    const mask = this.#slotCount - 1;
    for (let row = 0; row < this.#count; row += 1) {
      let slot = this.#homeOf(keys, row * this.laneCount) & mask;
      while (this.#stamps[slot] === this.#generation) slot = (slot + 1) & mask;
      this.#rows[slot] = row;
      this.#stamps[slot] = this.#generation;
    }
  }
}
