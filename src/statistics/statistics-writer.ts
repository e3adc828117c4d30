import { PairstreamError } from '../errors/pairstream-error.js';
import type { RebuildPlan } from './rebuild-plan.js';
import { decayRatesOf, MAX_LOAD, type StatisticsRecord } from './record-layout.js';
import type { StatisticsTable } from './statistics-table.js';
import { TableMemory } from './table-memory.js';
import { KEEP_ALL, TableRebuild } from './table-rebuild.js';
import { TableSnapshot } from './table-snapshot.js';

/**
 * Slots that a rebuild copies for every key that is added meanwhile. A rebuild of C slots ends before C / 8 keys are added, even
 * if no one calls `step`, so a table of at most 75 % load never fills up.
 */
const SLOTS_PER_NEW_KEY = 8;

/** Decides what happens to a table with no room for another key. */
export interface RoomPolicy {
  /** Called before a key is added to a table with a load above MAX_LOAD. May start a rebuild. */
  makeRoom(writer: StatisticsWriter): void;
  /** Called when a rebuild is done: the table has its new memory. */
  rebuilt(writer: StatisticsWriter, rebuild: TableRebuild): void;
}

/** Doubles a table at once. */
const DOUBLE_AT_ONCE: RoomPolicy = {
  makeRoom(writer) {
    writer.startRebuild(({ capacity }) => ({ capacity: capacity * 2, rule: KEEP_ALL }));
    writer.stepRebuild(writer.capacity);
  },
  rebuilt() {},
};

/**
 * Writes one table: counts events, restores records of snapshots, deletes keys, and carries out rebuilds. A table has one
 * writer, on one thread.
 */
export class StatisticsWriter {
  private memory: TableMemory;
  private rebuild: TableRebuild | undefined;
  private snapshot: TableSnapshot | undefined;

  /**
   * @param table adopts the memory of a rebuild
   * @param room default: the table doubles at once, in the call that adds the key
   */
  constructor(
    readonly table: StatisticsTable,
    private readonly room: RoomPolicy = DOUBLE_AT_ONCE,
  ) {
    this.memory = new TableMemory(table.sharedBuffer, decayRatesOf(table.horizons));
  }

  /** Slots of the table. */
  get capacity(): number {
    return this.memory.capacity;
  }

  /** True while a rebuild is in progress. */
  get isRebuilding(): boolean {
    return this.rebuild !== undefined;
  }

  /** Used slots. */
  get keyCount(): number {
    return this.memory.keyCount;
  }

  /** Counts one impression of a key at an event time (Unix seconds, unsigned 32 bits). */
  addImpression(keyLo: number, keyHi: number, timeS: number): void {
    this.add(keyLo | 0, keyHi | 0, timeS, 0);
  }

  /** Counts one engagement of a key at an event time (Unix seconds, unsigned 32 bits). @param target 0 .. SUM_COUNT - 1 */
  addEngagement(keyLo: number, keyHi: number, timeS: number, target: number): void {
    this.add(keyLo | 0, keyHi | 0, timeS, 1 + target);
  }

  private add(keyLo: number, keyHi: number, timeS: number, value: number): void {
    let slot = this.memory.slotOf(keyLo, keyHi);
    const isNew = this.memory.isFree(slot);
    if (isNew) {
      this.makeRoom();
      slot = this.memory.slotOf(keyLo, keyHi);
      this.memory.insert(slot, keyLo, keyHi, timeS);
      this.snapshot?.skip(this.memory, slot);
    } else this.snapshot?.save(this.memory, slot);
    this.memory.noteEvent(timeS);
    this.memory.count(slot, timeS, value);
    this.wrote(slot, isNew);
  }

  /**
   * Inserts a record of a snapshot.
   * @throws PairstreamError INVALID_SNAPSHOT if the key exists already
   */
  restore(record: StatisticsRecord): void {
    this.makeRoom();
    const slot = this.memory.slotOf(record.keyLo, record.keyHi);
    if (!this.memory.isFree(slot)) {
      const { name } = this.table;
      throw new PairstreamError('INVALID_SNAPSHOT', `table ${name}: a key occurs twice`, { field: name });
    }
    this.memory.insertRecord(slot, record);
    this.snapshot?.skip(this.memory, slot);
    this.memory.noteEvent(record.timeS);
    this.wrote(slot, true);
  }

  /**
   * Deletes what is known of a key. Readers see zeros, and the next rebuild drops the key. Later snapshots and the rest of a
   * running one leave the key out.
   * @returns true if the table held the key
   */
  deleteKey(keyLo: number, keyHi: number): boolean {
    const slot = this.memory.slotOf(keyLo | 0, keyHi | 0);
    if (this.memory.isFree(slot)) return false;
    this.snapshot?.forget(keyLo | 0, keyHi | 0);
    this.memory.clear(slot);
    this.wrote(slot, false);
    return true;
  }

  /** Begins a snapshot of the table as it is now. It replaces another one, and lasts until `endSnapshot`. */
  beginSnapshot(): TableSnapshot {
    this.snapshot = new TableSnapshot(this.table, this.memory);
    return this.snapshot;
  }

  /** Ends a snapshot: no more records are saved for it. */
  endSnapshot(): void {
    this.snapshot = undefined;
  }

  /**
   * Starts filling a new memory. No other rebuild of the table may be in progress.
   * @param plan from the memory as it is now
   * @returns the plan
   */
  startRebuild(plan: (memory: TableMemory) => RebuildPlan): RebuildPlan {
    const { capacity, rule } = plan(this.memory);
    const target = TableMemory.empty(capacity, this.memory.decayPerS);
    this.rebuild = new TableRebuild(this.memory, target, rule);
    return { capacity, rule };
  }

  /** Copies up to `maxSlots` slots of a rebuild. After the last one, the table has the new memory. */
  stepRebuild(maxSlots: number): void {
    const { rebuild } = this;
    if (rebuild === undefined || !rebuild.step(maxSlots)) return;
    this.rebuild = undefined;
    this.memory = rebuild.target;
    this.table.adopt(rebuild.target.buffer);
    this.room.rebuilt(this, rebuild);
  }

  private makeRoom(): void {
    if (this.memory.keyCount + 1 > this.memory.capacity * MAX_LOAD) this.room.makeRoom(this);
  }

  /** Repeats a write in the new memory of a rebuild, and advances the rebuild if a key was added. */
  private wrote(slot: number, isNew: boolean): void {
    if (this.rebuild === undefined) return;
    if (this.rebuild.mirror(slot) || isNew) this.stepRebuild(SLOTS_PER_NEW_KEY);
  }
}
