import type { MemoryViews } from './arena.js';
import {
  BLOCK_TREE_DEPTH,
  TOP_SPLITS_BYTES,
  TREE_BYTES,
  TREE_COLUMNS_4,
  TREE_COLUMNS_5,
  TREE_COLUMNS_6,
  TREE_LEAVES,
  TREE_LEVEL_7,
  TREE_THRESHOLDS_4,
  TREE_THRESHOLDS_5,
  TREE_THRESHOLDS_6,
  TREE_TOP_COLUMNS,
  TREE_TOP_THRESHOLDS,
} from './plan-format.js';
import type { RootedTree } from './rooted-tree.js';
import type { SplitList } from './split-list.js';
import type { Tree } from '../forest.js';

/** First nodes of levels in heap order: the root is number 1, and the children of n are 2n and 2n + 1. */
const LEVEL_4 = 16;
const LEVEL_5 = 32;
const LEVEL_6 = 64;
const LEVEL_7 = 128;
const LEAF_COUNT = 256;
const TOP_NODES = 15;
/** Column 0, threshold 127: no code is greater. Fills the places below a leaf, where both children are the leaf. */
const NO_SPLIT = 0x00_7f;

/** Writes trees of at most BLOCK_TREE_DEPTH levels in the format of the block walk. */
export class BlockTreeWriter {
  /** Column << 8 | threshold, in heap order. */
  private readonly nodes = new Uint16Array(LEAF_COUNT);
  private readonly views: MemoryViews;
  private readonly splits: SplitList;
  private readonly codeOf: Uint16Array;
  private next = 0;
  private leavesAt = 0;

  /** @param codeOf column << 8 | threshold in the current pack, by position of the threshold */
  constructor(views: MemoryViews, splits: SplitList, codeOf: Uint16Array) {
    this.views = views;
    this.splits = splits;
    this.codeOf = codeOf;
  }

  /**
   * Writes trees one after the other.
   * @param firstTree number of the first tree in the SplitList
   * @param topSplits address of the top splits
   */
  write(trees: readonly RootedTree[], firstTree: number, address: number, topSplits: number): void {
    this.next = this.splits.starts[firstTree]!;
    trees.forEach(({ tree, root }, i) => {
      const at = address + i * TREE_BYTES;
      this.leavesAt = (at + TREE_LEAVES) >>> 2;
      this.nodes.fill(NO_SPLIT);
      this.place(tree, root, 1, 0);
      this.writeTop(at);
      this.writeTables(at);
      this.views.shorts.set(this.nodes.subarray(LEVEL_7), (at + TREE_LEVEL_7) >>> 1);
      this.views.shorts.set(this.nodes.subarray(0, LEVEL_7), (topSplits + i * TOP_SPLITS_BYTES) >>> 1);
    });
  }

  /** Puts a node and all below it at their places. */
  private place(tree: Tree, node: number, heap: number, level: number): void {
    const left = tree.left[node]!;
    if (left === -1) {
      const count = 1 << (BLOCK_TREE_DEPTH - level);
      const first = this.leavesAt + heap * count - LEAF_COUNT;
      const margin = tree.value[node]!;
      for (let leaf = first; leaf < first + count; leaf += 1) this.views.floats[leaf] = margin;
      return;
    }
    this.nodes[heap] = this.codeOf[this.splits.positions[this.next]!]!;
    this.next += 1;
    this.place(tree, left, 2 * heap, level + 1);
    this.place(tree, tree.right[node]!, 2 * heap + 1, level + 1);
  }

  /** Levels 0 to 4. */
  private writeTop(at: number): void {
    const { nodes } = this;
    const { bytes } = this.views;
    for (let i = 0; i < TOP_NODES; i += 1) {
      bytes[at + TREE_TOP_THRESHOLDS + i] = nodes[i + 1]!;
      bytes[at + TREE_TOP_COLUMNS + i] = nodes[i + 1]! >> 8;
    }
    for (let p = 0; p < 16; p += 1) {
      bytes[at + TREE_THRESHOLDS_4 + p] = nodes[LEVEL_4 + p]!;
      bytes[at + TREE_COLUMNS_4 + p] = nodes[LEVEL_4 + p]! >> 8;
    }
  }

  /** Levels 5 and 6: the tables of xors. A byte of the views keeps the low 8 bits of a node, its threshold. */
  private writeTables(at: number): void {
    const { nodes } = this;
    for (let p = 0; p < 16; p += 1) {
      const l = nodes[LEVEL_5 + 2 * p]!;
      const r = nodes[LEVEL_5 + 2 * p + 1]!;
      this.writeEntries(at + TREE_THRESHOLDS_5 + p, at + TREE_COLUMNS_5 + p, 0, l);
      this.writeEntries(at + TREE_THRESHOLDS_5 + p, at + TREE_COLUMNS_5 + p, 1, l ^ r);
      const ll = nodes[LEVEL_6 + 4 * p]!;
      const lr = nodes[LEVEL_6 + 4 * p + 1]!;
      const rl = nodes[LEVEL_6 + 4 * p + 2]!;
      const rr = nodes[LEVEL_6 + 4 * p + 3]!;
      this.writeEntries(at + TREE_THRESHOLDS_6 + p, at + TREE_COLUMNS_6 + p, 0, ll);
      this.writeEntries(at + TREE_THRESHOLDS_6 + p, at + TREE_COLUMNS_6 + p, 1, ll ^ lr);
      this.writeEntries(at + TREE_THRESHOLDS_6 + p, at + TREE_COLUMNS_6 + p, 2, ll ^ rl);
      this.writeEntries(at + TREE_THRESHOLDS_6 + p, at + TREE_COLUMNS_6 + p, 3, ll ^ lr ^ rl ^ rr);
    }
  }

  private writeEntries(thresholds: number, columns: number, table: number, node: number): void {
    this.views.bytes[thresholds + 16 * table] = node;
    this.views.bytes[columns + 16 * table] = node >> 8;
  }
}
