import { tableBytes } from './record-layout.js';
import type { StatisticsTable } from './statistics-table.js';

/**
 * Counts the memory of all tables of a store. The bound always leaves room for a rebuild of the largest table, because at the
 * bound a rebuild is the only way to drop keys.
 */
export class StoreMemory {
  /** Bytes of the second memory of the rebuild of each table; 0 without one. */
  private readonly rebuildBytes: Float64Array;

  /** @param smallCapacity records that a table counts with at least */
  constructor(
    private readonly tables: readonly StatisticsTable[],
    private readonly maxBytes: number,
    private readonly smallCapacity: number,
  ) {
    this.rebuildBytes = new Float64Array(tables.length);
  }

  /** Bytes of all tables, and of the second memory of each rebuild. */
  get usedBytes(): number {
    return this.tables.reduce((sum, { byteLength }, i) => sum + byteLength + this.rebuildBytes[i]!, 0);
  }

  /** Bytes that the tables and a rebuild of the largest one count. */
  get requiredBytes(): number {
    return this.required(this.tables.map((_table, i) => this.bytesOf(i, 1)));
  }

  /** True if the store stays within its bound if a table is rebuilt with twice its size. */
  mayDouble(index: number): boolean {
    const isSmall = this.tables[index]!.capacity * 2 <= this.smallCapacity;
    const after = this.tables.map((_table, i) => this.bytesOf(i, i === index ? 2 : 1));
    const others = this.rebuildBytes.reduce((sum, bytes) => sum + bytes, 0);
    return isSmall || this.required(after) + others <= this.maxBytes;
  }

  /** Counts the second memory of a rebuild. */
  startRebuild(index: number, capacity: number): void {
    this.rebuildBytes[index] = tableBytes(this.tables[index]!.horizons.length, capacity);
  }

  /** The table has its second memory now. */
  endRebuild(index: number): void {
    this.rebuildBytes[index] = 0;
  }

  private required(bytes: readonly number[]): number {
    return bytes.reduce((sum, each) => sum + each, 0) + Math.max(0, ...bytes);
  }

  private bytesOf(index: number, factor: number): number {
    const { capacity, horizons } = this.tables[index]!;
    return tableBytes(horizons.length, Math.max(this.smallCapacity, capacity * factor));
  }
}
