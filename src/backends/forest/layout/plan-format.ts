/**
 * Layout of a plan: the records that the kernel reads. The kernel (AssemblyScript) and the layout (TypeScript) both import this file,
 * so it holds nothing but number constants. Every field is an unsigned 32-bit word at the given byte offset. An "address" is a byte
 * address in the memory of the forest.
 */

/** Rows of a block: the unit of the block walk. */
export const BLOCK_ROWS = 256;
/** Rows of a piece. Calls with more rows are computed piece by piece, so scratch has a fixed size. */
export const PIECE_ROWS = 1024;
/** Trees that all blocks of a piece pass before the next trees are read: 240 KB, a part of the second-level cache. */
export const CHUNK_TREES = 160;
/** Blocks of fewer rows are walked row by row. The block walk takes as long for 1 row as for 16. */
export const BLOCK_WALK_MIN_ROWS = 4;

/** Plan: features of a row. */
export const PLAN_FEATURES = 0;
/** Plan: outputs of a row. */
export const PLAN_OUTPUTS = 4;
/** Plan: address of the base margins, one float per output. */
export const PLAN_MARGINS = 8;
/** Plan: address of the root of the routing tree, whose leaves hold route numbers; 0 if there is one route. */
export const PLAN_ROUTING = 12;
/** Plan: number of routes. */
export const PLAN_ROUTE_COUNT = 16;
/** Plan: address of the routes. */
export const PLAN_ROUTES = 20;
/** Plan: address of the table of the exponential function; 0 if the outputs are margins. */
export const PLAN_EXPONENTIALS = 24;
/** Plan: bytes of the codes of one block. */
export const PLAN_CODE_BYTES = 28;
/** Plan: bytes of the ranks of one block. */
export const PLAN_RANK_BYTES = 32;
/** Plan: offset of the ranks in the scratch of a thread. */
export const PLAN_RANKS_AT = 36;
/** Plan: offset of the codes in the scratch of a thread. */
export const PLAN_CODES_AT = 40;
/** Plan: offset of the positions by route in the scratch of a thread. */
export const PLAN_POSITIONS_AT = 44;
/** Bytes of a plan. */
export const PLAN_BYTES = 48;

/** Scratch: address of the row, by position. */
export const SCRATCH_ROWS = 0;
/** Scratch: address of the outputs of the row, by position. */
export const SCRATCH_OUTS = 4096;
/** Scratch: number of the route, by row. */
export const SCRATCH_ROUTES = 8192;
/** Scratch: buffers of the block walk, 6 bytes per row of a block. */
export const SCRATCH_WALK = 12288;
/** Scratch: sums, BLOCK_ROWS floats per output and block. */
export const SCRATCH_SUMS = 13824;

/** Route: number of packs. */
export const ROUTE_PACK_COUNT = 0;
/** Route: address of the packs. */
export const ROUTE_PACKS = 4;
/** Route: number of columns that are ranked once for all packs; 0 if each pack searches its own thresholds. */
export const ROUTE_COLUMN_COUNT = 8;
/** Route: address of these columns. */
export const ROUTE_COLUMNS = 12;
/** Bytes of a route. */
export const ROUTE_BYTES = 16;

/** Pack: number of trees. */
export const PACK_TREE_COUNT = 0;
/** Pack: address of the tree references. Block trees lie one after the other. */
export const PACK_TREES = 4;
/** Pack: number of columns. */
export const PACK_COLUMN_COUNT = 8;
/** Pack: address of its columns, or of its recodings. */
export const PACK_COLUMNS = 12;
/** Pack: kind, one of the following. */
export const PACK_KIND = 16;
/** Pack: address of the top splits of its block trees. */
export const PACK_TOP_SPLITS = 20;
/** Bytes of a pack. */
export const PACK_BYTES = 24;
/** Kind of a pack: block trees; values are searched in the pack's own columns. */
export const KIND_SEARCHED = 0;
/** Kind of a pack: block trees; the route's ranks are recoded. */
export const KIND_RECODED = 1;
/** Kind of a pack: node trees. */
export const KIND_NODES = 2;

/** Tree reference: address of a block tree, or of the root of a node tree. */
export const TREE_ADDRESS = 0;
/** Tree reference: offset of the sums of its output in the sums of a block. */
export const TREE_SUMS = 4;
/** Bytes of a tree reference. */
export const TREE_REFERENCE_BYTES = 8;

/** Column: offset of the feature in a row. */
export const COLUMN_FEATURE = 0;
/** Column: address of its thresholds, ascending, filled up with NaN to 2^levels. */
export const COLUMN_THRESHOLDS = 4;
/** Column: steps of a binary search: 4, 6, 8, 10 or 12. */
export const COLUMN_LEVELS = 8;
/** Column: result for a missing value (NaN). */
export const COLUMN_MISSING = 12;
/** Bytes of a column. */
export const COLUMN_BYTES = 16;

/** Recoding: offset of the column's ranks in the ranks of a block. */
export const RECODING_RANKS = 0;
/** Recoding: address of the map from rank to code, one byte per rank. */
export const RECODING_MAP = 4;
/** Bytes of a recoding. */
export const RECODING_BYTES = 8;

/** Node: threshold of a split (float); margin (float) or route number of a leaf. */
export const NODE_VALUE = 0;
/** Node: offset of the feature in a row; plus 1 if a missing value goes right. */
export const NODE_FEATURE = 4;
/** Node: address of the left child, for values less than the threshold. The child of a leaf is the leaf. */
export const NODE_LEFT = 8;
/** Node: address of the right child. */
export const NODE_RIGHT = 12;
/** Bytes of a node. */
export const NODE_BYTES = 16;

/** Levels of splits of a block tree. */
export const BLOCK_TREE_DEPTH = 8;
/** Block tree: thresholds of levels 0 to 3 in heap order. All thresholds of a block tree are ranks less 128. */
export const TREE_TOP_THRESHOLDS = 0;
/** Block tree: columns of levels 0 to 3 in heap order. */
export const TREE_TOP_COLUMNS = 16;
/** Block tree: thresholds of level 4. */
export const TREE_THRESHOLDS_4 = 32;
/** Block tree: columns of level 4. */
export const TREE_COLUMNS_4 = 48;
/** Block tree: thresholds of level 5 by the number p of the level-4 node: of node 2p, then of node 2p xor of node 2p + 1. */
export const TREE_THRESHOLDS_5 = 64;
/** Block tree: columns of level 5, in the same way. */
export const TREE_COLUMNS_5 = 96;
/** Block tree: thresholds of level 6 by p: of node 4p, then the xors with 4p + 1, with 4p + 2, and of all four. */
export const TREE_THRESHOLDS_6 = 128;
/** Block tree: columns of level 6, in the same way. */
export const TREE_COLUMNS_6 = 192;
/** Block tree: level 7, 16 bits per node: column << 8 | threshold. */
export const TREE_LEVEL_7 = 256;
/** Block tree: leaves, 256 floats. */
export const TREE_LEAVES = 512;
/** Bytes of a block tree. The block walk prefetches as many bytes after the last tree. */
export const TREE_BYTES = 1536;

/**
 * Bytes of the top splits of a block tree, for the row walk: levels 0 to 6 in heap order, 16 bits each, column << 8 | threshold. The
 * root is number 1, and the children of n are 2n and 2n + 1. They lie apart from the tree, whose cache lines the block walk reads.
 */
export const TOP_SPLITS_BYTES = 256;
