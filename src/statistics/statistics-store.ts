import { PairstreamError } from '../errors/pairstream-error.js';
import { planRebuild } from './rebuild-plan.js';
import type { StatisticsTable } from './statistics-table.js';
import { type RoomPolicy, StatisticsWriter } from './statistics-writer.js';
import type { TableRebuild } from './table-rebuild.js';
import type { TableSnapshot } from './table-snapshot.js';
import { StoreMemory } from './store-memory.js';

/** Default of StatisticsStoreOptions.floor: an encoding changes by less than 1/2,000 when its key leaves. */
const DEFAULT_FLOOR = 0.01;
/** Slots that `step` visits by default: well under a millisecond. */
const SLOTS_PER_STEP = 1_024;
/** Tables of up to this many slots are rebuilt in the call that fills them. */
const SMALL_CAPACITY = 4_096;
/** Share of used slots from which a rebuild no longer waits for other rebuilds and for the end of a snapshot. */
const URGENT_LOAD = 0.75;

/** Settings of a StatisticsStore. */
export interface StatisticsStoreOptions {
  /**
   * Maximum bytes of all tables, with the second memory of one rebuild. Each table counts with at least 4,096 records, so that
   * small tables can always grow.
   */
  readonly maxBytes: number;
  /** Keys leave with the next rebuild if all their counts, decayed to the newest event, are smaller in every horizon. Default 0.01. */
  readonly floor?: number;
  /** Called when a rebuild is done. The table of the store has adopted the memory already; readers of other threads must do so. */
  readonly publish: (tableIndex: number, buffer: SharedArrayBuffer) => void;
}

/** State of one table of a store. */
export interface StoredTableState {
  readonly name: string;
  readonly keyCount: number;
  readonly capacity: number;
  readonly byteLength: number;
  readonly rebuildCount: number;
  /** Keys that rebuilds have left out. */
  readonly evictedCount: number;
  /** Smallest weight that the last rebuild kept. Above the configured floor, memory is short. */
  readonly floor: number;
}

/** State of a store, for metrics. */
export interface StatisticsStoreState {
  readonly maxBytes: number;
  /** Bytes of all tables, and of the second memory of each rebuild in progress. */
  readonly usedBytes: number;
  /** Tables that are being rebuilt or wait for it. */
  readonly dueCount: number;
  readonly tables: readonly StoredTableState[];
}

/** All tables of a store as they were at one time, to be read in steps. */
export interface StatisticsSnapshot {
  /** In the order of the store. */
  readonly tables: readonly TableSnapshot[];
  /** Must be called once, also after a failure. */
  end(): void;
}

/**
 * The statistics tables as the one thread that writes them has them: a writer for each table, a bound on the memory of all, and
 * rebuilds and snapshots in bounded steps. A rebuild starts when a table is full. It drops keys below the floor. The table then
 * shrinks, keeps its size, or doubles. At the memory bound it keeps its size, and the keys with the smallest counts leave.
 */
export class StatisticsStore {
  readonly writers: readonly StatisticsWriter[];
  private readonly memory: StoreMemory;
  private readonly floor: number;
  private readonly floors: Float64Array;
  private readonly evictedCounts: Float64Array;
  private readonly rebuildCounts: Float64Array;
  /** Tables that wait for their rebuild, oldest first. */
  private readonly waiting = new Set<StatisticsWriter>();
  private readonly rebuilding = new Set<StatisticsWriter>();
  private snapshot: StatisticsSnapshot | undefined;

  /** @throws PairstreamError INVALID_CONFIG if the tables and the rebuild of the largest one need more than `maxBytes` */
  constructor(
    readonly tables: readonly StatisticsTable[],
    private readonly options: StatisticsStoreOptions,
  ) {
    const room: RoomPolicy = {
      makeRoom: (writer) => this.makeRoom(writer),
      rebuilt: (writer, rebuild) => this.rebuilt(writer, rebuild),
    };
    this.writers = tables.map((table) => new StatisticsWriter(table, room));
    this.memory = new StoreMemory(tables, options.maxBytes, SMALL_CAPACITY);
    this.floor = options.floor ?? DEFAULT_FLOOR;
    this.floors = new Float64Array(tables.length).fill(this.floor);
    this.evictedCounts = new Float64Array(tables.length);
    this.rebuildCounts = new Float64Array(tables.length);
    const { requiredBytes } = this.memory;
    if (requiredBytes > options.maxBytes)
      throw new PairstreamError(
        'INVALID_CONFIG',
        `maxBytes: ${options.maxBytes}, expected at least ${requiredBytes} for the statistics tables and a rebuild of the largest`,
        { field: 'maxBytes' },
      );
  }

  /** Time of the newest event of any table, Unix seconds. Never goes back. */
  get watermarkS(): number {
    return this.tables.reduce((newest, { lastEventS }) => Math.max(newest, lastEventS), 0);
  }

  /** Sizes, rebuilds and evictions. */
  get state(): StatisticsStoreState {
    return {
      maxBytes: this.options.maxBytes,
      usedBytes: this.memory.usedBytes,
      dueCount: this.waiting.size + this.rebuilding.size,
      tables: this.tables.map(({ name, keyCount, capacity, byteLength }, i) => ({
        name,
        keyCount,
        capacity,
        byteLength,
        rebuildCount: this.rebuildCounts[i]!,
        evictedCount: this.evictedCounts[i]!,
        floor: this.floors[i]!,
      })),
    };
  }

  /**
   * Does a part of the rebuilds that are due. Call it between groups of events, and while there are none. Adding a key does a
   * small part, too, so that rebuilds end in time even if no one calls this.
   * @returns true if there is more to do
   */
  step(maxSlots = SLOTS_PER_STEP): boolean {
    const [current] = this.rebuilding;
    if (current === undefined) this.startNext();
    else current.stepRebuild(maxSlots);
    return this.rebuilding.size > 0 || (this.waiting.size > 0 && this.snapshot === undefined);
  }

  /** Rebuilds every table, by `step`, so that deleted keys and keys below the floor leave the memory. */
  compact(): void {
    for (const writer of this.writers) this.waiting.add(writer);
  }

  /**
   * Begins a snapshot of all tables as they are now. Only one at a time. Until its end, rebuilds wait, unless a table is 75 % full;
   * the memory that such a rebuild replaces stays until then, in addition to `maxBytes`.
   */
  beginSnapshot(): StatisticsSnapshot {
    this.snapshot = {
      tables: this.writers.map((writer) => writer.beginSnapshot()),
      end: () => {
        this.snapshot = undefined;
        for (const writer of this.writers) writer.endSnapshot();
      },
    };
    return this.snapshot;
  }

  private makeRoom(writer: StatisticsWriter): void {
    if (writer.isRebuilding) return;
    this.waiting.add(writer);
    if (writer.capacity <= SMALL_CAPACITY) {
      this.start(writer);
      writer.stepRebuild(writer.capacity);
    } else if (writer.keyCount + 1 > writer.capacity * URGENT_LOAD) this.start(writer);
    else this.startNext();
  }

  private startNext(): void {
    const [next] = this.waiting;
    if (next !== undefined && this.rebuilding.size === 0 && this.snapshot === undefined) this.start(next);
  }

  private start(writer: StatisticsWriter): void {
    const index = this.writers.indexOf(writer);
    this.waiting.delete(writer);
    this.rebuilding.add(writer);
    const plan = writer.startRebuild((memory) =>
      planRebuild(
        memory,
        this.watermarkS,
        this.floor,
        this.memory.mayDouble(index),
        this.rebuildCounts[index]!,
      ),
    );
    this.floors[index] = plan.rule.floor;
    this.memory.startRebuild(index, plan.capacity);
  }

  private rebuilt(writer: StatisticsWriter, rebuild: TableRebuild): void {
    const index = this.writers.indexOf(writer);
    this.rebuilding.delete(writer);
    this.memory.endRebuild(index);
    this.rebuildCounts[index]! += 1;
    this.evictedCounts[index]! += rebuild.evictedCount;
    this.options.publish(index, rebuild.target.buffer);
  }
}
