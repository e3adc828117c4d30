import type { Arena, MemoryViews } from './arena.js';
import type { RoutingNode } from './common-splits.js';
import { NODE_BYTES, NODE_FEATURE, NODE_LEFT, NODE_RIGHT, NODE_VALUE } from './plan-format.js';

/** Writes the routing tree: its nodes are the common splits, and each leaf holds the number of a route. */
export class RoutingTree {
  /** Byte address of the root in the memory; 0 if there is only one route. */
  readonly address: number;
  private readonly root: RoutingNode;
  private nextAddress = 0;
  private nextRoute = 0;

  constructor(root: RoutingNode, routeCount: number, arena: Arena) {
    this.root = root;
    this.address = routeCount === 1 ? 0 : arena.reserve((2 * routeCount - 1) * NODE_BYTES);
  }

  /** Writes the nodes. Routes are numbered from left to right. */
  write(views: MemoryViews): void {
    if (this.address === 0) return;
    this.nextAddress = this.address;
    this.writeNode(views, this.root);
  }

  /** Writes a node and all nodes below it, in preorder. @returns the address of the node */
  private writeNode(views: MemoryViews, node: RoutingNode): number {
    const at = this.nextAddress;
    this.nextAddress += NODE_BYTES;
    if ('trees' in node) {
      views.words[(at + NODE_VALUE) >>> 2] = this.nextRoute;
      this.nextRoute += 1;
    } else {
      views.floats[(at + NODE_VALUE) >>> 2] = node.threshold;
      views.words[(at + NODE_FEATURE) >>> 2] = 4 * node.feature + (node.missingLeft ? 0 : 1);
    }
    views.words[(at + NODE_LEFT) >>> 2] = 'trees' in node ? at : this.writeNode(views, node.left);
    views.words[(at + NODE_RIGHT) >>> 2] = 'trees' in node ? at : this.writeNode(views, node.right);
    return at;
  }
}
