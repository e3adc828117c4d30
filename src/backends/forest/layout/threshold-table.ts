const HASH_FACTOR = 0x9e37_79b1;

/**
 * The distinct thresholds of each column of a route. A column is a feature and the way that its missing values go: number
 * 2 * feature, or 2 * feature + 1 if they go right. Thresholds first get numbers in the order in which they are added, and then
 * positions in the order of columns and values.
 */
export class ThresholdTable {
  /** Number of the threshold plus 1, by hash; 0 in an empty slot. */
  private slots = new Int32Array(1 << 12);
  private columns = new Int32Array(1 << 11);
  private values = new Float32Array(1 << 11);
  private count = 0;
  private readonly bits = new Uint32Array(1);
  private readonly float = new Float32Array(this.bits.buffer);

  /** Adds a threshold, or finds it. @returns its number */
  add(column: number, threshold: number): number {
    // Not -0, which is equal to 0.
    this.float[0] = threshold + 0;
    const mask = this.slots.length - 1;
    for (let slot = this.slotOf(column, this.bits[0]!) & mask; ; slot = (slot + 1) & mask) {
      const number = this.slots[slot]! - 1;
      if (number < 0) return this.insert(slot, column);
      if (this.columns[number] === column && this.values[number] === threshold) return number;
    }
  }

  /** Sorts the thresholds. @returns positions by number */
  sort(): { readonly sorted: SortedThresholds; readonly positions: Int32Array } {
    const { count, columns, values } = this;
    const columnCount = columns.subarray(0, count).reduce((most, column) => Math.max(most, column), -1) + 1;
    const ends = new Int32Array(columnCount + 1);
    for (let i = 0; i < count; i += 1) ends[columns[i]! + 1]! += 1;
    for (let c = 0; c < columnCount; c += 1) ends[c + 1]! += ends[c]!;
    const starts = ends.slice();
    const sortedValues = new Float32Array(count);
    const sortedColumns = new Int32Array(count);
    for (let i = 0; i < count; i += 1) {
      const column = columns[i]!;
      const at = ends[column]!;
      sortedValues[at] = values[i]!;
      sortedColumns[at] = column;
      ends[column] = at + 1;
    }
    const positions = new Int32Array(count);
    for (let c = 0; c < columnCount; c += 1) sortedValues.subarray(starts[c], starts[c + 1]).sort();
    for (let at = 0; at < count; at += 1) positions[this.add(sortedColumns[at]!, sortedValues[at]!)] = at;
    return { sorted: { columns: sortedColumns, values: sortedValues, starts }, positions };
  }

  private insert(slot: number, column: number): number {
    const number = this.count;
    this.slots[slot] = number + 1;
    this.columns[number] = column;
    this.values[number] = this.float[0]!;
    this.count += 1;
    if (this.count === this.columns.length) this.grow();
    return number;
  }

  private slotOf(column: number, bits: number): number {
    const hash = Math.imul(bits ^ Math.imul(column, HASH_FACTOR), HASH_FACTOR);
    return hash ^ (hash >>> 15);
  }

  private grow(): void {
    const { columns, values, count } = this;
    this.columns = new Int32Array(count * 2);
    this.columns.set(columns);
    this.values = new Float32Array(count * 2);
    this.values.set(values);
    this.slots = new Int32Array(count * 4);
    const mask = this.slots.length - 1;
    for (let number = 0; number < count; number += 1) {
      this.float[0] = values[number]!;
      let slot = this.slotOf(columns[number]!, this.bits[0]!) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = number + 1;
    }
  }
}

/** Thresholds in the order of columns and values, by position. */
export interface SortedThresholds {
  readonly columns: Int32Array;
  readonly values: Float32Array;
  /** First position of each column, and the end of the last. */
  readonly starts: Int32Array;
}
