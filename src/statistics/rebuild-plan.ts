import { MAX_LOAD, SMALLEST_CAPACITY } from './record-layout.js';
import type { TableMemory } from './table-memory.js';
import type { EvictionRule } from './table-rebuild.js';

/** Records that a plan weighs. A share of a sample of this size is off by about 1 %. */
const SAMPLE_SIZE = 4_096;
/** Largest share of used records after a rebuild that keeps the size: the next one is then far enough away. */
const LOAD_AFTER = 0.75 * MAX_LOAD;
/** From this share of used slots, a table doubles even if it may not: evictions have failed, and a full table cannot be used. */
const CROWDED_LOAD = 0.8;
/**
 * A table shrinks to half if its keys use no more than this share of the half. Keys of up to 1/8 of the table may be added during
 * the rebuild, see StatisticsWriter.
 */
const LOAD_AFTER_SHRINKING = 0.4;

/** Size of the new memory, and the records that it gets. */
export interface RebuildPlan {
  readonly capacity: number;
  readonly rule: EvictionRule;
}

/**
 * Plans the rebuild of a table that is full. Records below the floor leave. If that makes enough room, the table keeps its size
 * or shrinks. Otherwise it doubles if it may, and else the floor is raised until enough records are below it.
 * @param asOfS watermark: the time of the newest event, Unix seconds
 * @param floor smallest weight that stays
 * @param number of the rebuild, another one for each rebuild of the table
 */
export function planRebuild(
  memory: TableMemory,
  asOfS: number,
  floor: number,
  mayGrow: boolean,
  number: number,
): RebuildPlan {
  const { capacity, keyCount } = memory;
  const weights = sampleWeights(memory, asOfS);
  const first = weights.findIndex((weight) => weight >= floor && weight > 0);
  const keptCount = first < 0 ? 0 : (keyCount * (weights.length - first)) / weights.length;
  const rule = { asOfS, floor, tieShare: 1, tieSeed: number };
  if (keptCount <= capacity * LOAD_AFTER) return { capacity: shrunk(capacity, keptCount), rule };
  if (mayGrow || keyCount > capacity * CROWDED_LOAD) return { capacity: capacity * 2, rule };
  return { capacity, rule: raisedRule(weights, rule, (capacity * LOAD_AFTER) / keyCount) };
}

function shrunk(capacity: number, keptCount: number): number {
  const half = capacity / 2;
  return half >= SMALLEST_CAPACITY && keptCount <= half * LOAD_AFTER_SHRINKING ? half : capacity;
}

/** A rule that keeps a share of the records: the heaviest ones. */
function raisedRule(weights: Float64Array, rule: EvictionRule, keptShare: number): EvictionRule {
  const keptCount = Math.floor(weights.length * keptShare);
  const floor = weights[weights.length - keptCount] ?? Number.POSITIVE_INFINITY;
  const tieFrom = weights.indexOf(floor);
  const heavierFrom = weights.lastIndexOf(floor) + 1;
  const keptTies = keptCount - (weights.length - heavierFrom);
  return { ...rule, floor, tieShare: keptTies / Math.max(1, heavierFrom - tieFrom) };
}

/** Weights of records at equal distances, in ascending order. Slots are in the order of hashes, so the sample is a random one. */
function sampleWeights(memory: TableMemory, asOfS: number): Float64Array {
  const stride = Math.max(1, Math.floor(memory.capacity / SAMPLE_SIZE));
  const weights = new Float64Array(Math.ceil(memory.capacity / stride));
  let count = 0;
  for (let slot = 0; slot < memory.capacity; slot += stride) {
    if (memory.isFree(slot)) continue;
    weights[count] = memory.weightOf(slot, asOfS);
    count += 1;
  }
  return weights.subarray(0, count).sort();
}
