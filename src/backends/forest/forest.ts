/**
 * A decision tree. All arrays have one entry per node. Node 0 is the root, and every other node is the child of exactly one split.
 * `compileForest` copies the arrays; the owner may modify them afterwards.
 */
export interface Tree {
  /** Child for values below the threshold; -1 in a leaf. */
  readonly left: Int32Array;
  /** Child for all other values; -1 in a leaf. */
  readonly right: Int32Array;
  /** Column of the input that a split compares, below `featureCount`; 0 in a leaf. */
  readonly feature: Uint16Array;
  /** Threshold of a split, or margin (log odds) that a leaf adds. Finite. */
  readonly value: Float32Array;
  /** 1 where a missing value (NaN) goes left; else 0, also in a leaf. */
  readonly missingLeft: Uint8Array;
  /** Column of the output that the tree adds to, below `outputCount`. */
  readonly output: number;
}

/** A forest whose outputs are probabilities: the logistic function of the sums of its trees. */
export interface Forest {
  /** Columns of the input, 1 to 65,535. */
  readonly featureCount: number;
  /** Columns of the output, at least 1. */
  readonly outputCount: number;
  /** Log odds that the sums begin with, [outputCount]. A base score of 0.5 in XGBoost is 0 here. */
  readonly baseMargins: Float32Array;
  /** At least one tree, in the order of the file. Only float32 sums in this order have XGBoost's bits. */
  readonly trees: readonly Tree[];
}
