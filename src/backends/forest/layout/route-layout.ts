import { writeRecord, type Arena, type MemoryViews } from './arena.js';
import { BlockTreeWriter } from './block-trees.js';
import {
  columnsBytes,
  goesRight,
  MAX_RANKS,
  MISSING_RIGHT,
  recodingsBytes,
  writeColumns,
  writeRecodings,
  type SearchColumn,
} from './columns.js';
import { nodeTreeBytes, writeNodeTree } from './node-trees.js';
import type { BlockPack, Pack, PackedRoute } from './packs.js';
import {
  BLOCK_ROWS,
  KIND_NODES,
  KIND_RECODED,
  KIND_SEARCHED,
  PACK_BYTES,
  PACK_COLUMN_COUNT,
  PACK_COLUMNS,
  PACK_KIND,
  PACK_TOP_SPLITS,
  PACK_TREE_COUNT,
  PACK_TREES,
  ROUTE_COLUMN_COUNT,
  ROUTE_COLUMNS,
  ROUTE_PACK_COUNT,
  ROUTE_PACKS,
  TOP_SPLITS_BYTES,
  TREE_ADDRESS,
  TREE_BYTES,
  TREE_REFERENCE_BYTES,
  TREE_SUMS,
} from './plan-format.js';
import type { RootedTree } from './rooted-tree.js';

const SUM_BYTES = 4;

/** A pack with the addresses of its parts. */
interface PlacedPack {
  readonly pack: Pack;
  readonly references: number;
  readonly trees: number;
  /** Address of the columns, or of the recodings if the route has ranked columns. */
  readonly columns: number;
  /** Address of the top splits of block trees. */
  readonly topSplits: number;
}

/** One route: reserves its memory, then writes it. */
export class RouteLayout {
  /** Most columns of a pack. */
  readonly packColumnCount: number;
  /** Columns that are ranked once for all packs; none if each pack searches its own thresholds. */
  readonly rankedColumns: readonly SearchColumn[];
  private readonly route: PackedRoute;
  private readonly packsAt: number;
  private readonly rankedAt: number;
  private readonly packs: readonly PlacedPack[];

  constructor(route: PackedRoute, arena: Arena) {
    this.route = route;
    this.packColumnCount = route.packs.reduce(
      (most, pack) => Math.max(most, 'columns' in pack ? pack.columns.length : 0),
      0,
    );
    this.rankedColumns = rankedColumnsOf(route);
    this.rankedAt = arena.reserve(columnsBytes(this.rankedColumns));
    this.packsAt = arena.reserve(PACK_BYTES * route.packs.length);
    this.packs = route.packs.map((pack) => this.place(pack, arena));
  }

  /** Writes the route and all that it refers to. @param address address of the route's record */
  write(views: MemoryViews, address: number): void {
    writeRecord(views, address, [
      [ROUTE_PACK_COUNT, this.packs.length],
      [ROUTE_PACKS, this.packsAt],
      [ROUTE_COLUMN_COUNT, this.rankedColumns.length],
      [ROUTE_COLUMNS, this.rankedAt],
    ]);
    writeColumns(views, this.rankedColumns, this.rankedAt);
    const codeOf = new Uint16Array(this.route.splits.thresholds.values.length);
    const writer = new BlockTreeWriter(views, this.route.splits, codeOf);
    this.packs.forEach((placed, i) => {
      const { pack } = placed;
      const at = this.packsAt + i * PACK_BYTES;
      writeRecord(views, at, [
        [PACK_TREE_COUNT, pack.trees.length],
        [PACK_TREES, placed.references],
        [PACK_COLUMNS, placed.columns],
        [PACK_KIND, this.kindOf(pack)],
        [PACK_TOP_SPLITS, placed.topSplits],
      ]);
      if (!('columns' in pack)) {
        writeNodeTrees(views, pack.trees, placed);
        return;
      }
      writeRecord(views, at, [[PACK_COLUMN_COUNT, pack.columns.length]]);
      this.writeColumns(views, pack, placed.columns);
      assignCodes(pack, codeOf);
      writer.write(pack.trees, pack.firstTree, placed.trees, placed.topSplits);
      writeReferences(views, pack.trees, placed.references, (t) => placed.trees + t * TREE_BYTES);
    });
  }

  private place(pack: Pack, arena: Arena): PlacedPack {
    const references = arena.reserve(TREE_REFERENCE_BYTES * pack.trees.length);
    if (!('columns' in pack)) {
      const bytes = pack.trees.reduce((sum, tree) => sum + nodeTreeBytes(tree), 0);
      return { pack, references, trees: arena.reserve(bytes), columns: 0, topSplits: 0 };
    }
    const { thresholds } = this.route.splits;
    const columns = arena.reserve(
      this.rankedColumns.length > 0
        ? recodingsBytes(pack.columns, thresholds)
        : columnsBytes(searchColumnsOf(pack, this.route)),
    );
    const trees = arena.reserve(TREE_BYTES * pack.trees.length);
    const topSplits = arena.reserve(TOP_SPLITS_BYTES * pack.trees.length);
    return { pack, references, trees, columns, topSplits };
  }

  private kindOf(pack: Pack): number {
    if (!('columns' in pack)) return KIND_NODES;
    return this.rankedColumns.length > 0 ? KIND_RECODED : KIND_SEARCHED;
  }

  private writeColumns(views: MemoryViews, pack: BlockPack, address: number): void {
    if (this.rankedColumns.length === 0) {
      writeColumns(views, searchColumnsOf(pack, this.route), address);
      return;
    }
    const places = new Map(this.rankedColumns.map(({ column }, i) => [column, i]));
    writeRecodings(views, pack.columns, this.route.splits.thresholds, places, address);
  }
}

/** Columns of a route with several block packs, unless one has too many thresholds to be ranked. */
function rankedColumnsOf({ packs, splits }: PackedRoute): SearchColumn[] {
  if (packs.filter((pack) => 'columns' in pack).length < 2) return [];
  const { starts, values } = splits.thresholds;
  const all = Array.from(starts.subarray(1), (end, column) => ({
    column,
    values: values.subarray(starts[column], end),
  }));
  const used = all.filter(({ values }) => values.length > 0);
  if (used.some(({ values }) => values.length > MAX_RANKS)) return [];
  return used.map(({ column, values }) => ({
    column,
    values,
    missing: goesRight(column) ? values.length + 1 : 0,
  }));
}

function searchColumnsOf({ columns }: BlockPack, { splits }: PackedRoute): SearchColumn[] {
  return columns.map(({ column, positions }) => ({
    column,
    values: Float32Array.from(positions, (position) => splits.thresholds.values[position]!),
    missing: goesRight(column) ? MISSING_RIGHT : 0,
  }));
}

/** Sets the code of each threshold of a pack: column << 8 | rank less 128. */
function assignCodes({ columns }: BlockPack, codeOf: Uint16Array): void {
  columns.forEach(({ positions }, c) => {
    positions.forEach((position, rank) => {
      codeOf[position] = (c << 8) | ((rank - 128) & 0xff);
    });
  });
}

function writeNodeTrees(views: MemoryViews, trees: readonly RootedTree[], placed: PlacedPack): void {
  let next = placed.trees;
  writeReferences(views, trees, placed.references, (t) => {
    const address = next;
    next = writeNodeTree(views, trees[t]!, address);
    return address;
  });
}

function writeReferences(
  views: MemoryViews,
  trees: readonly RootedTree[],
  address: number,
  addressOf: (tree: number) => number,
): void {
  trees.forEach(({ tree }, t) => {
    const at = (address + t * TREE_REFERENCE_BYTES) >>> 2;
    views.words[at + (TREE_ADDRESS >>> 2)] = addressOf(t);
    views.words[at + (TREE_SUMS >>> 2)] = tree.output * BLOCK_ROWS * SUM_BYTES;
  });
}
