import { BLOCK_TREE_DEPTH } from './plan-format.js';
import { isDeeperThan, type RootedTree } from './rooted-tree.js';
import { listSplits, type SplitList } from './split-list.js';

/** A column of a pack: those thresholds of a column that occur in the trees of the pack. */
export interface PackColumn {
  /** Number of the column in the ThresholdTable. */
  readonly column: number;
  /** Positions of these thresholds in `SplitList.thresholds`, ascending. */
  readonly positions: Int32Array;
}

/** Consecutive trees that are walked by the codes of one set of columns. */
export interface BlockPack {
  readonly trees: readonly RootedTree[];
  readonly columns: readonly PackColumn[];
  /** Number of the first tree in the SplitList. */
  readonly firstTree: number;
}

/** Consecutive trees that are walked node by node. */
export interface NodePack {
  readonly trees: RootedTree[];
}

/** Trees that are walked in one way. */
export type Pack = BlockPack | NodePack;

/** The trees of a route in the order in which they are walked. */
export interface PackedRoute {
  readonly packs: readonly Pack[];
  /** Splits of the trees of at most BLOCK_TREE_DEPTH levels. */
  readonly splits: SplitList;
}

/** A code and the number of a column are one byte each: 256 codes separate 255 thresholds. */
const MAX_THRESHOLDS = 255;
const MAX_COLUMNS = 256;
/** Packs of fewer trees are walked node by node: the codes of a pack would cost more. */
const MIN_BLOCK_TREES = 16;

/** Divides the trees of a route into packs. Trees of one output stay in their order, so that its sums are those of XGBoost. */
export function packTrees(trees: readonly RootedTree[]): PackedRoute {
  // Array.prototype.toSorted is stable.
  const byOutput = trees.toSorted((a, b) => a.tree.output - b.tree.output);
  const isShallow = byOutput.map(({ tree, root }) => !isDeeperThan(tree, root, BLOCK_TREE_DEPTH));
  const splits = listSplits(byOutput.filter((_, t) => isShallow[t]));
  const collector = new PackCollector(splits);
  const packs: Pack[] = [];
  let open: RootedTree[] = [];
  let treeNumber = 0;
  const close = (): void => {
    const columns = collector.take();
    if (open.length >= MIN_BLOCK_TREES)
      packs.push({ trees: open, columns, firstTree: treeNumber - open.length });
    else addNodeTrees(packs, open);
    open = [];
  };
  byOutput.forEach((rooted, t) => {
    if (isShallow[t] !== true) {
      close();
      addNodeTrees(packs, [rooted]);
      return;
    }
    if (!collector.add(treeNumber)) {
      close();
      collector.add(treeNumber);
    }
    open.push(rooted);
    treeNumber += 1;
  });
  close();
  return { packs, splits };
}

/** Adds trees to the last pack if it is a node pack, else to a new one. */
function addNodeTrees(packs: Pack[], trees: readonly RootedTree[]): void {
  const last = packs.at(-1);
  if (last !== undefined && !('columns' in last)) last.trees.push(...trees);
  else if (trees.length > 0) packs.push({ trees: [...trees] });
}

/** Collects the distinct thresholds of the trees of one pack. */
class PackCollector {
  /** Number of the pack that the threshold was last added to, by position; 0 if none. */
  private readonly packOf: Int32Array;
  /** Positions of the thresholds of the pack; the first `count` are in use. */
  private readonly found: Int32Array;
  private count = 0;
  /** Number of the pack that is being collected. */
  private pack = 1;
  /** Number of thresholds of the pack, by column. */
  private readonly perColumn: Uint16Array;
  private columnCount = 0;
  private readonly splits: SplitList;

  constructor(splits: SplitList) {
    this.splits = splits;
    const { values, starts } = splits.thresholds;
    this.packOf = new Int32Array(values.length);
    this.found = new Int32Array(values.length);
    this.perColumn = new Uint16Array(starts.length);
  }

  /** Adds the thresholds of a tree. @returns false if they do not fit; then the pack is as before */
  add(tree: number): boolean {
    const { starts, positions, thresholds } = this.splits;
    const before = this.count;
    for (let i = starts[tree]!; i < starts[tree + 1]!; i += 1) {
      const position = positions[i]!;
      if (this.packOf[position] === this.pack) continue;
      const column = thresholds.columns[position]!;
      this.packOf[position] = this.pack;
      this.found[this.count] = position;
      this.count += 1;
      this.perColumn[column]! += 1;
      if (this.perColumn[column] === 1) this.columnCount += 1;
      if (this.perColumn[column]! > MAX_THRESHOLDS || this.columnCount > MAX_COLUMNS) {
        this.removeFrom(before);
        return false;
      }
    }
    return true;
  }

  /** Ends the pack and begins the next. @returns the columns of the ended pack */
  take(): PackColumn[] {
    const positions = this.found.slice(0, this.count).sort();
    const columns: PackColumn[] = [];
    for (let from = 0; from < positions.length;) {
      const column = this.splits.thresholds.columns[positions[from]!]!;
      const end = from + this.perColumn[column]!;
      columns.push({ column, positions: positions.subarray(from, end) });
      from = end;
    }
    this.removeFrom(0);
    this.pack += 1;
    return columns;
  }

  /** Removes the thresholds at `found[first]` and after it. */
  private removeFrom(first: number): void {
    for (let i = first; i < this.count; i += 1) {
      const position = this.found[i]!;
      const column = this.splits.thresholds.columns[position]!;
      this.packOf[position] = 0;
      this.perColumn[column]! -= 1;
      if (this.perColumn[column] === 0) this.columnCount -= 1;
    }
    this.count = first;
  }
}
