import type { TreeParts } from './model-parts.js';
import type { TreePlace } from './tree-place.js';

/** Value of a missing child in a file, and of a missing parent here. */
export const NO_NODE = -1;

/**
 * The root and the nodes that splits lead to from there, ascending.
 * @throws PairstreamError INVALID_MODEL for children that are no nodes, have two parents, or lead back up
 */
export function reachableNodes({ left, right }: TreeParts, place: TreePlace): Int32Array {
  const nodes = new Int32Array(left.length);
  const parents = new Int32Array(left.length).fill(NO_NODE);
  let count = 1;
  const reach = (child: number, node: number, key: string): void => {
    if (child <= 0 || child >= left.length || parents[child] !== NO_NODE)
      throw place.damaged(childProblem(child, node, parents), key, node);
    parents[child] = node;
    nodes[count] = child;
    count += 1;
  };
  for (let i = 0; i < count; i += 1) {
    const node = nodes[i] ?? 0;
    const [leftChild = NO_NODE, rightChild = NO_NODE] = [left[node], right[node]];
    if (leftChild === NO_NODE && rightChild === NO_NODE) continue;
    reach(leftChild, node, 'left_children');
    reach(rightChild, node, 'right_children');
  }
  return ascending(nodes.subarray(0, count), parents);
}

/** Sorts the reached nodes, which are the root and all nodes with a parent. */
function ascending(nodes: Int32Array, parents: Int32Array): Int32Array {
  let count = 1;
  nodes[0] = 0;
  for (let node = 1; node < parents.length; node += 1) {
    if (parents[node] === NO_NODE) continue;
    nodes[count] = node;
    count += 1;
  }
  return nodes;
}

function childProblem(child: number, node: number, parents: Int32Array): string {
  if (child < 0 || child >= parents.length)
    return `child ${child}, expected two children of 1 to ${parents.length - 1}, or -1 twice in a leaf`;
  for (let above = node; above !== NO_NODE; above = parents[above] ?? NO_NODE)
    if (above === child) return `child ${child}, which leads back to this node, expected a tree`;
  return `child ${child}, which is a child of node ${parents[child]}, too, expected one parent`;
}
