import type { TableMemory } from './table-memory.js';

const TWO_POW_32 = 2 ** 32;

/** Says which records a rebuild leaves out. */
export interface EvictionRule {
  /** Event time that weights are decayed to, Unix seconds. */
  readonly asOfS: number;
  /** Records of a smaller weight leave, see TableMemory.weightOf. Records of weight 0 always leave. */
  readonly floor: number;
  /**
   * Share of the records of exactly this weight that stay, 0 to 1, chosen by a hash of their keys. Many keys with one impression
   * each, all of one second, have the same weight.
   */
  readonly tieShare: number;
  /** Changes the hash, so that the next rebuild does not choose the same records again. */
  readonly tieSeed: number;
}

/** Keeps every record that has counts. */
export const KEEP_ALL: EvictionRule = { asOfS: 0, floor: 0, tieShare: 1, tieSeed: 0 };

/** True if a record stays. */
export function isKept(memory: TableMemory, slot: number, rule: EvictionRule): boolean {
  const { asOfS, floor, tieShare, tieSeed } = rule;
  const weight = memory.weightOf(slot, asOfS);
  if (weight === floor) return weight > 0 && shareOf(memory.keyHiAt(slot), tieSeed) < tieShare;
  return weight > floor;
}

/** A number from 0 to below 1 by the finalizer of MurmurHash3. */
function shareOf(lane: number, seed: number): number {
  let hash = lane ^ Math.imul(seed, 0x9e_37_79_b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return ((hash ^ (hash >>> 16)) >>> 0) / TWO_POW_32;
}

/**
 * A second memory of a table that is filled beside the first: growth, eviction and compaction are all this. A cursor copies
 * slots in bounded steps. Writes go to the first memory, which readers use; those behind the cursor are mirrored. When the
 * cursor has passed the last slot, the second memory holds the same records except the evicted ones.
 */
export class TableRebuild {
  private cursor = 0;
  private evictedNow = 0;

  /** @param target without keys */
  constructor(
    readonly source: TableMemory,
    readonly target: TableMemory,
    readonly rule: EvictionRule,
  ) {}

  /** Records left out so far. A key that gets an event afterwards is inserted again. */
  get evictedCount(): number {
    return this.evictedNow;
  }

  /** Copies the records of up to `maxSlots` slots. @returns true if all are copied */
  step(maxSlots: number): boolean {
    const { source, target, rule } = this;
    const end = Math.min(source.capacity, this.cursor + maxSlots);
    for (let slot = this.cursor; slot < end; slot += 1) {
      if (source.isFree(slot)) continue;
      if (isKept(source, slot, rule)) target.copyFrom(source, slot);
      else this.evictedNow += 1;
    }
    this.cursor = end;
    if (end < source.capacity) return false;
    target.noteEvent(source.lastEventS);
    return true;
  }

  /** Repeats a write of the source. @returns true if the target has one key more */
  mirror(slot: number): boolean {
    return slot < this.cursor && this.target.copyFrom(this.source, slot);
  }
}
