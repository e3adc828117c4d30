import { HASH128_LANES } from '../pairs/murmur3.js';

/** The table is at most half full, which keeps probe sequences short. */
const SLOTS_PER_ROW = 2;
const EMPTY = -1;

/**
 * Finds equal rows of one batch by their 128-bit hashes. Holds row numbers in one array of a fixed size, with open addressing
 * and linear probing. Unlike a Map, it allocates nothing per row.
 */
export class FirstRows {
  private readonly rows: Int32Array;
  private readonly mask: number;

  /** @param rowCapacity number of rows in the largest batch */
  constructor(rowCapacity: number) {
    let length = 1;
    while (length < rowCapacity * SLOTS_PER_ROW) length *= 2;
    this.rows = new Int32Array(length).fill(EMPTY);
    this.mask = length - 1;
  }

  /** Removes all rows, for the next batch. */
  clear(): void {
    this.rows.fill(EMPTY);
  }

  /**
   * Adds a row.
   * @param hashes HASH128_LANES per row, for this row and all rows added before
   * @returns the first added row with the same hash; `row` itself if there is none
   */
  add(hashes: Int32Array, row: number): number {
    const { rows, mask } = this;
    const at = row * HASH128_LANES;
    for (let slot = hashes[at]! & mask; ; slot = (slot + 1) & mask) {
      const known = rows[slot]!;
      if (known === EMPTY) {
        rows[slot] = row;
        return row;
      }
      if (isSame(hashes, at, known * HASH128_LANES)) return known;
    }
  }
}

function isSame(hashes: Int32Array, a: number, b: number): boolean {
  for (let lane = 0; lane < HASH128_LANES; lane += 1) if (hashes[a + lane] !== hashes[b + lane]) return false;
  return true;
}
