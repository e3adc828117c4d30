import { Arena, viewsOf, writeRecord } from './arena.js';
import { routesBelow, takeCommonSplits } from './common-splits.js';
import { EXPONENTIALS } from './exponentials.js';
import { packTrees } from './packs.js';
import {
  BLOCK_ROWS,
  BLOCK_TREE_DEPTH,
  BLOCK_WALK_MIN_ROWS,
  PIECE_ROWS,
  PLAN_BYTES,
  PLAN_CODE_BYTES,
  PLAN_CODES_AT,
  PLAN_EXPONENTIALS,
  PLAN_FEATURES,
  PLAN_MARGINS,
  PLAN_OUTPUTS,
  PLAN_POSITIONS_AT,
  PLAN_RANK_BYTES,
  PLAN_RANKS_AT,
  PLAN_ROUTE_COUNT,
  PLAN_ROUTES,
  PLAN_ROUTING,
  ROUTE_BYTES,
  SCRATCH_SUMS,
  TREE_BYTES,
} from './plan-format.js';
import { depthOf, isZero } from './rooted-tree.js';
import { RouteLayout } from './route-layout.js';
import { RoutingTree } from './routing-tree.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { CompiledForest } from '../compiled-forest.js';
import type { Forest } from '../forest.js';
import { ALIGNMENT_BYTES, alignedBytes, createMemory } from '../memory-regions.js';

/** Largest memory of WebAssembly, in bytes, less what keeps all addresses below 2^32. */
const LARGEST_MEMORY = 2 ** 32 - ALIGNMENT_BYTES;
const PIECE_BLOCKS = PIECE_ROWS / BLOCK_ROWS;

/** Settings of a compiled forest. */
export interface CompileOptions {
  /** Bound for the memory of the forest in bytes: trees, scratches, and regions that are allocated later. At most 4 GiB. */
  readonly maxBytes: number;
  /** Number of scratches: walks that may run at the same time. */
  readonly scratchCount: number;
  /** Outputs: probabilities (default), or the sums of the trees. */
  readonly outputs?: 'probabilities' | 'margins';
}

/**
 * Lays a forest out for the kernel, in a new shared memory.
 * @throws PairstreamError INVALID_MODEL if the forest needs more than `maxBytes`
 */
export function compileForest(forest: Forest, options: CompileOptions): CompiledForest {
  const { featureCount, outputCount, baseMargins } = forest;
  const { scratchCount, outputs = 'probabilities' } = options;
  const maxBytes = Math.min(options.maxBytes, LARGEST_MEMORY);
  const rooted = forest.trees.map((tree) => ({ tree, root: 0 })).filter((tree) => !isZero(tree));
  const routing = takeCommonSplits(rooted);
  const arena = new Arena();
  const planAddress = arena.reserve(PLAN_BYTES);
  const marginsAt = arena.reserve(baseMargins.byteLength);
  const exponentialsAt = arena.reserve(EXPONENTIALS.byteLength);
  const routes = routesBelow(routing).map(({ trees }) => new RouteLayout(packTrees(trees), arena));
  const routesAt = arena.reserve(ROUTE_BYTES * routes.length);
  const routingTree = new RoutingTree(routing, routes.length, arena);
  // The block walk prefetches beyond the last tree.
  arena.reserve(TREE_BYTES);
  const scratch = scratchOf(routes, outputCount);
  const byteLength = arena.byteLength;
  const scratchAddress = arena.reserve(scratch.bytes * scratchCount);
  if (arena.byteLength > maxBytes) {
    throw new PairstreamError(
      'INVALID_MODEL',
      `forest: ${arena.byteLength} bytes needed with the scratches of ${scratchCount} walks, expected at most ${maxBytes}`,
    );
  }
  const memory = createMemory(arena.byteLength, maxBytes);
  const views = viewsOf(memory);
  // A sum that begins with -0 would show the trees without effect that are left out.
  views.floats.set(
    baseMargins.map((margin) => margin + 0),
    marginsAt >>> 2,
  );
  views.longs.set(EXPONENTIALS, exponentialsAt >>> 3);
  routes.forEach((route, r) => route.write(views, routesAt + r * ROUTE_BYTES));
  routingTree.write(views);
  writeRecord(views, planAddress, [
    [PLAN_FEATURES, featureCount],
    [PLAN_OUTPUTS, outputCount],
    [PLAN_MARGINS, marginsAt],
    [PLAN_ROUTING, routingTree.address],
    [PLAN_ROUTE_COUNT, routes.length],
    [PLAN_ROUTES, routesAt],
    [PLAN_EXPONENTIALS, outputs === 'margins' ? 0 : exponentialsAt],
    ...scratch.fields,
  ]);
  return {
    memory,
    maxBytes,
    planAddress,
    featureCount,
    outputCount,
    byteLength,
    // The block walk passes all levels in each tree.
    stepsPerRow: rooted.reduce((sum, tree) => sum + Math.max(BLOCK_TREE_DEPTH, depthOf(tree)), 1),
    scratchCount,
    scratchAddress,
    scratchBytes: scratch.bytes,
  };
}

/** Size of the scratch of a thread, and the fields of the plan that divide it. */
function scratchOf(
  routes: readonly RouteLayout[],
  outputCount: number,
): { readonly bytes: number; readonly fields: readonly (readonly [number, number])[] } {
  // The row walk has 256 codes per row, at the place of the codes of a block.
  const rowWalkBytes = BLOCK_WALK_MIN_ROWS * 256;
  const codeBytes = Math.max(
    rowWalkBytes,
    BLOCK_ROWS * Math.max(...routes.map((route) => route.packColumnCount)),
  );
  const rankBytes = 2 * BLOCK_ROWS * Math.max(...routes.map((route) => route.rankedColumns.length));
  const ranksAt = SCRATCH_SUMS + 4 * outputCount * PIECE_ROWS;
  const codesAt = ranksAt + rankBytes * PIECE_BLOCKS;
  const positionsAt = codesAt + codeBytes * PIECE_BLOCKS;
  return {
    bytes: alignedBytes(positionsAt + 4 * routes.length),
    fields: [
      [PLAN_CODE_BYTES, codeBytes],
      [PLAN_RANK_BYTES, rankBytes],
      [PLAN_RANKS_AT, ranksAt],
      [PLAN_CODES_AT, codesAt],
      [PLAN_POSITIONS_AT, positionsAt],
    ],
  };
}
