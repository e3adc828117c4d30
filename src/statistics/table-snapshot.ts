import { HORIZON_VALUES, type Horizon, type StatisticsRecord } from './record-layout.js';
import type { RecordChunk } from './snapshot-chunks.js';
import type { StatisticsTable } from './statistics-table.js';
import type { TableMemory } from './table-memory.js';

/** Slots that `nextRecords` visits by default: well under a millisecond. */
const SLOTS_PER_STEP = 1_024;
const SMALLEST_POOL_RECORDS = 64;
/** Doubles of a saved record before its values: both lanes of the key, and the time. */
const KEY_DOUBLES = 3;

/**
 * The records of a table as they were when the snapshot began, read in steps while the table is written: copy on write. A record
 * that is about to change before the cursor has reached it is saved first. If a rebuild replaces the memory of the table, the
 * snapshot goes on in the old one, which no one writes any more. Saved records wait for the next step only, so their number is
 * bounded by the writes between two steps, and by the keys of the table.
 */
export class TableSnapshot {
  private cursor = 0;
  /** One bit per slot: the cursor skips the slot, because its record is saved, new, or deleted. */
  private readonly skipped: Uint32Array;
  private saved: Float64Array;
  private savedCountNow = 0;
  private readonly savedDoubles: number;
  private readonly record: StatisticsRecord;

  /** @param memory of the table now */
  constructor(
    private readonly table: StatisticsTable,
    private readonly memory: TableMemory,
  ) {
    this.skipped = new Uint32Array(Math.ceil(memory.capacity / 32));
    this.record = table.emptyRecord();
    this.savedDoubles = KEY_DOUBLES + table.horizons.length * HORIZON_VALUES;
    this.saved = new Float64Array(SMALLEST_POOL_RECORDS * this.savedDoubles);
  }

  /** Name of the table. */
  get name(): string {
    return this.table.name;
  }

  /** Horizons of the table. */
  get horizons(): readonly Horizon[] {
    return this.table.horizons;
  }

  /** Records that are saved and wait for `nextRecords`. */
  get savedCount(): number {
    return this.savedCountNow;
  }

  /**
   * Copies records into a chunk, until the chunk is full or `maxSlots` slots are visited.
   * @returns true while there are more
   */
  nextRecords(chunk: RecordChunk, maxSlots = SLOTS_PER_STEP): boolean {
    const { memory, record } = this;
    let left = maxSlots;
    for (; this.savedCountNow > 0 && left > 0 && !chunk.isFull; left -= 1) this.takeSaved(chunk);
    for (; this.cursor < memory.capacity && left > 0 && !chunk.isFull; left -= 1) {
      const slot = this.cursor;
      this.cursor += 1;
      if (memory.isFree(slot) || this.isSkipped(slot)) continue;
      memory.read(slot, record);
      if (hasCounts(record)) chunk.add(record);
    }
    return this.savedCountNow > 0 || this.cursor < memory.capacity;
  }

  /** Called before the record of a slot changes. @param source the memory that changes */
  save(source: TableMemory, slot: number): void {
    if (source !== this.memory || slot < this.cursor || this.isSkipped(slot)) return;
    this.skip(source, slot);
    this.memory.read(slot, this.record);
    const { keyLo, keyHi, timeS, values } = this.record;
    const at = this.savedCountNow * this.savedDoubles;
    if (at === this.saved.length) this.growPool();
    this.saved[at] = keyLo;
    this.saved[at + 1] = keyHi;
    this.saved[at + 2] = timeS;
    this.saved.set(values, at + KEY_DOUBLES);
    this.savedCountNow += 1;
  }

  /** Called when a slot gets a new key, which is not part of the snapshot. */
  skip(source: TableMemory, slot: number): void {
    if (source === this.memory) this.skipped[slot >>> 5]! |= 1 << (slot & 31);
  }

  /** Leaves a key out of the rest of the snapshot: it is deleted. */
  forget(keyLo: number, keyHi: number): void {
    const slot = this.memory.slotOf(keyLo, keyHi);
    if (!this.memory.isFree(slot)) this.skip(this.memory, slot);
    for (let i = 0, at = 0; i < this.savedCountNow; i += 1, at += this.savedDoubles)
      if (this.saved[at] === keyLo && this.saved[at + 1] === keyHi)
        this.saved.fill(0, at + KEY_DOUBLES, at + this.savedDoubles);
  }

  private takeSaved(chunk: RecordChunk): void {
    this.savedCountNow -= 1;
    const { record, saved } = this;
    const at = this.savedCountNow * this.savedDoubles;
    record.keyLo = saved[at]!;
    record.keyHi = saved[at + 1]!;
    record.timeS = saved[at + 2]!;
    record.values.set(saved.subarray(at + KEY_DOUBLES, at + this.savedDoubles));
    if (hasCounts(record)) chunk.add(record);
  }

  private isSkipped(slot: number): boolean {
    return (this.skipped[slot >>> 5]! & (1 << (slot & 31))) !== 0;
  }

  private growPool(): void {
    const larger = new Float64Array(this.saved.length * 2);
    larger.set(this.saved);
    this.saved = larger;
  }
}

/** False for a deleted key. */
function hasCounts({ values }: StatisticsRecord): boolean {
  for (let i = 0; i < values.length; i += 1) if (values[i]! > 0) return true;
  return false;
}
