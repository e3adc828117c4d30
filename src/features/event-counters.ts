import { PairstreamError } from '../errors/pairstream-error.js';
import { TARGET_COUNT } from '../pairs/targets.js';
import type { EventBlock } from './event-block.js';
import { hashKey, KEY_SETS, type KeySet } from './key-sets.js';

/** Writer of a statistics table. */
export interface CountedTable {
  readonly table: {
    /** Name of a key set. */
    readonly name: string;
    /** Prefetches the records of keys, see StatisticsTable. */
    prefetch(keys: Int32Array, keyAt: number, keyStride: number, count: number): void;
  };
  /** Counts one impression of a key at an event time (Unix seconds). */
  addImpression(keyLo: number, keyHi: number, timeS: number): void;
  /** Counts one engagement of a key at an event time (Unix seconds). */
  addEngagement(keyLo: number, keyHi: number, timeS: number, target: number): void;
}

/** Counts the events of pairs in all statistics tables. Replay and the live statistics share it, so both count alike. */
export class EventCounters {
  /** Number of lanes of the keys of a pair: two per table. */
  readonly keyLanes: number;
  private readonly tables: readonly CountedTable[];
  private readonly keySets: readonly KeySet[];
  private readonly key = { lo: 0, hi: 0 };

  /** @throws PairstreamError INVALID_SNAPSHOT for a table of no key set */
  constructor(tables: readonly CountedTable[]) {
    this.tables = tables;
    this.keySets = tables.map(({ table }) => keySetOfTable(table.name));
    this.keyLanes = 2 * tables.length;
  }

  /**
   * Writes the key of every table.
   * @param components COMPONENT_LANES of a pair, computed with all components of the text
   * @param keys receives keyLanes lanes, in the order of the tables, low lane first
   * @param at position of the first lane in `keys`
   */
  writeKeys(components: Int32Array, keys: Int32Array, at = 0): void {
    const { keySets, key } = this;
    for (let k = 0; k < keySets.length; k += 1) {
      hashKey(keySets[k]!, components, key);
      keys[at + k * 2] = key.lo;
      keys[at + k * 2 + 1] = key.hi;
    }
  }

  /**
   * Counts one event in every table.
   * @param keys from writeKeys
   * @param kind a target (0 .. TARGET_COUNT - 1), or TARGET_COUNT for an impression
   * @param timeS event time, Unix seconds
   */
  count(keys: Int32Array, kind: number, timeS: number): void {
    const { tables } = this;
    for (let t = 0; t < tables.length; t += 1) {
      const lo = keys[t * 2]!;
      const hi = keys[t * 2 + 1]!;
      if (kind === TARGET_COUNT) tables[t]!.addImpression(lo, hi, timeS);
      else tables[t]!.addEngagement(lo, hi, timeS, kind);
    }
  }

  /**
   * Counts the events of a block, one table after another. The counters are those of `count` for one event after another: no two
   * tables share a counter. The records of a table are fetched into the CPU cache together, so that the events do not wait for memory
   * one by one.
   */
  countBlock({ keys, kinds, timesS, eventCount }: Readonly<EventBlock>): void {
    const { tables, keyLanes } = this;
    for (let t = 0; t < tables.length; t += 1) {
      const writer = tables[t]!;
      writer.table.prefetch(keys, t * 2, keyLanes, eventCount);
      for (let i = 0; i < eventCount; i += 1) {
        const at = i * keyLanes + t * 2;
        const kind = kinds[i]!;
        if (kind === TARGET_COUNT) writer.addImpression(keys[at]!, keys[at + 1]!, timesS[i]!);
        else writer.addEngagement(keys[at]!, keys[at + 1]!, timesS[i]!, kind);
      }
    }
  }
}

function keySetOfTable(table: string): KeySet {
  const found = KEY_SETS.find(({ name }) => name === table);
  if (found !== undefined) return found;
  const known = KEY_SETS.map(({ name }) => name).join(', ');
  throw new PairstreamError('INVALID_SNAPSHOT', `table ${table} is of no key set, expected one of ${known}`, {
    field: table,
  });
}
