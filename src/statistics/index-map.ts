import { PairstreamError } from '../errors/pairstream-error.js';

const LARGEST_LOAD = 0.5;

/**
 * An immutable map from 64-bit keys to rows 1, 2, 3 ... of an embedding table, in the order of the keys. Unknown keys map to
 * row 0. Open addressing in shared memory: any number of threads may read, and a look-up allocates nothing.
 */
export class IndexMap {
  /** Keys in order: the low lane of key i is at keys[2 i], the high lane after it. */
  readonly keys: Int32Array;
  private readonly slots: Int32Array;
  private readonly mask: number;

  /**
   * @param name for errors
   * @param keys low and high lane of each key; copied
   * @throws PairstreamError INVALID_MODEL if a key occurs twice
   */
  constructor(
    readonly name: string,
    keys: Int32Array,
  ) {
    const { length } = keys;
    this.keys = new Int32Array(new SharedArrayBuffer(length * 4));
    this.keys.set(keys);
    let slotCount = 2;
    while (slotCount * LARGEST_LOAD < length / 2) slotCount *= 2;
    this.mask = slotCount - 1;
    this.slots = new Int32Array(new SharedArrayBuffer(slotCount * 4));
    for (let i = 0; i < length / 2; i += 1) this.insert(i);
  }

  /** A map without keys. */
  static empty(name: string): IndexMap {
    return new IndexMap(name, new Int32Array(0));
  }

  /** Number of keys, which is the largest index. */
  get size(): number {
    return this.keys.length / 2;
  }

  /** Index of a key, from 1; 0 for an unknown key. */
  indexOf(lo: number, hi: number): number {
    const { keys, slots, mask } = this;
    for (let slot = (lo ^ hi) & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot]!;
      if (index === 0) return 0;
      if (keys[2 * index - 2] === (lo | 0) && keys[2 * index - 1] === (hi | 0)) return index;
    }
  }

  private insert(i: number): void {
    const { keys, slots, mask } = this;
    const lo = keys[2 * i]!;
    const hi = keys[2 * i + 1]!;
    if (this.indexOf(lo, hi) !== 0) {
      const field = `${this.name}[${i}]`;
      throw new PairstreamError('INVALID_MODEL', `${field}: a duplicate key, expected each key once`, {
        field,
      });
    }
    let slot = (lo ^ hi) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = i + 1;
  }
}
