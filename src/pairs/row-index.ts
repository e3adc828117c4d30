const EMPTY = -1;
const INITIAL_SLOTS = 256;

/**
 * Numbers distinct 64-bit keys 0, 1, 2 ... in the order they first come. Open addressing with linear probing, at most
 * half full, on typed arrays: looking up allocates nothing, and clear() keeps the memory for the next batch.
 */
export class RowIndex {
  #slots = new Int32Array(INITIAL_SLOTS).fill(EMPTY);
  #keyLo = new Uint32Array(INITIAL_SLOTS / 2);
  #keyHi = new Uint32Array(INITIAL_SLOTS / 2);
  #count = 0;

  /** How many distinct keys there are. */
  get count(): number {
    return this.#count;
  }

  /** The row of the key (lo, hi); a key that is new gets the next row, which equals `count` before the call. */
  findOrAdd(lo: number, hi: number): number {
    const mask = this.#slots.length - 1;
    let slot = (lo ^ hi) & mask;
    for (;;) {
      const row = this.#slots[slot]!;
      if (row === EMPTY) break;
      if (this.#keyLo[row] === lo >>> 0 && this.#keyHi[row] === hi >>> 0) return row;
      slot = (slot + 1) & mask;
    }
    const row = this.#count;
    this.#keyLo[row] = lo;
    this.#keyHi[row] = hi;
    this.#slots[slot] = row;
    this.#count += 1;
    if (this.#count === this.#keyLo.length) this.#grow();
    return row;
  }

  /** Forgets every key. */
  clear(): void {
    this.#slots.fill(EMPTY);
    this.#count = 0;
  }

  #grow(): void {
    const slotCount = this.#slots.length * 2;
    const keyLo = new Uint32Array(slotCount / 2);
    const keyHi = new Uint32Array(slotCount / 2);
    keyLo.set(this.#keyLo);
    keyHi.set(this.#keyHi);
    this.#keyLo = keyLo;
    this.#keyHi = keyHi;
    this.#slots = new Int32Array(slotCount).fill(EMPTY);
    const mask = slotCount - 1;
    for (let row = 0; row < this.#count; row += 1) {
      let slot = (keyLo[row]! ^ keyHi[row]!) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = row;
    }
  }
}
