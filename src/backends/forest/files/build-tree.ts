import { shownField } from '../../../errors/shown-field.js';
import type { Tree } from '../forest.js';
import type { TreeParts } from './model-parts.js';
import { NO_NODE, reachableNodes } from './reachable-nodes.js';
import type { TreePlace } from './tree-place.js';
import { wholeNumber } from './whole-number.js';

const BY_THRESHOLD = 0;
const BY_CATEGORIES = 1;

/**
 * Checks a tree of a file. Leaves out the nodes that pruning deleted; XGBoost keeps them in the file.
 * @param output column that the tree adds to
 * @throws UnsupportedForest for leaves with vectors and splits on categories; PairstreamError INVALID_MODEL if the nodes are not
 *   one tree, or a value is out of range
 */
export function buildTree(parts: TreeParts, output: number, featureCount: number, place: TreePlace): Tree {
  checkSizes(parts, place);
  const nodes = reachableNodes(parts, place);
  checkDeleted(parts, nodes, place);
  for (const node of nodes) checkNode(parts, node, featureCount, place);
  return treeOf(parts, nodes, output);
}

function checkSizes(parts: TreeParts, place: TreePlace): void {
  const count = (key: string): number => {
    const text = parts.param.get(key);
    const number = wholeNumber(text);
    if (number !== undefined) return number;
    const seen = text === undefined ? 'missing' : shownField(text);
    throw place.damaged(`${key} is ${seen}, expected a whole number`, `tree_param.${key}`);
  };
  const leafWidth = count('size_leaf_vector');
  if (leafWidth > 1)
    throw place.unsupported(
      `leaves with ${leafWidth} values, expected 1: train with multi_strategy one_output_per_tree`,
      'tree_param.size_leaf_vector',
    );
  const nodeCount = count('num_nodes');
  if (nodeCount === 0) throw place.damaged('no nodes, expected at least 1', 'tree_param.num_nodes');
  const arrays = {
    left_children: parts.left,
    right_children: parts.right,
    split_indices: parts.feature,
    split_conditions: parts.value,
    default_left: parts.defaultLeft,
    ...(parts.splitType === undefined ? {} : { split_type: parts.splitType }),
  };
  for (const [key, { length }] of Object.entries(arrays))
    if (length !== nodeCount)
      throw place.damaged(`${length} values in ${key}, expected ${nodeCount} as in num_nodes`, key);
}

function checkDeleted(parts: TreeParts, nodes: Int32Array, place: TreePlace): void {
  const text = parts.param.get('num_deleted');
  const unreachable = parts.left.length - nodes.length;
  if (wholeNumber(text) === unreachable) return;
  const seen = text === undefined ? 'missing' : shownField(text);
  throw place.damaged(
    `num_deleted is ${seen}, expected ${unreachable}, the number of nodes that no split leads to`,
    'tree_param.num_deleted',
  );
}

function checkNode(parts: TreeParts, node: number, featureCount: number, place: TreePlace): void {
  const value = parts.value[node] ?? Number.NaN;
  const isLeaf = parts.left[node] === NO_NODE;
  const splitType = parts.splitType?.[node] ?? BY_THRESHOLD;
  const defaultLeft = parts.defaultLeft[node] ?? 0;
  const feature = parts.feature[node] ?? 0;
  if (splitType === BY_CATEGORIES)
    throw place.unsupported('a split on categories, expected thresholds', 'split_type', node);
  if (splitType !== BY_THRESHOLD)
    throw place.damaged(`split_type ${splitType}, expected 0 or 1`, 'split_type', node);
  if (!Number.isFinite(value)) {
    const problem = `${isLeaf ? 'leaf value' : 'threshold'} ${value}, expected a finite number`;
    throw place.damaged(problem, 'split_conditions', node);
  }
  if (defaultLeft > 1)
    throw place.damaged(`default_left ${defaultLeft}, expected 0 or 1`, 'default_left', node);
  if (!isLeaf && (feature < 0 || feature >= featureCount)) {
    const problem = `a split on feature ${feature}, expected 0 to ${featureCount - 1}`;
    throw place.damaged(problem, 'split_indices', node);
  }
}

/** Copies `nodes` (ascending) and renumbers their children. */
function treeOf(parts: TreeParts, nodes: Int32Array, output: number): Tree {
  const { length } = nodes;
  const newNumbers = new Int32Array(parts.left.length);
  for (let i = 0; i < length; i += 1) newNumbers[nodes[i] ?? 0] = i;
  const tree = {
    left: new Int32Array(length).fill(NO_NODE),
    right: new Int32Array(length).fill(NO_NODE),
    feature: new Uint16Array(length),
    value: new Float32Array(length),
    missingLeft: new Uint8Array(length),
    output,
  };
  for (let i = 0; i < length; i += 1) {
    const node = nodes[i] ?? 0;
    const left = parts.left[node] ?? NO_NODE;
    tree.value[i] = parts.value[node] ?? 0;
    if (left === NO_NODE) continue;
    tree.left[i] = newNumbers[left] ?? 0;
    tree.right[i] = newNumbers[parts.right[node] ?? 0] ?? 0;
    tree.feature[i] = parts.feature[node] ?? 0;
    tree.missingLeft[i] = parts.defaultLeft[node] ?? 0;
  }
  return tree;
}
