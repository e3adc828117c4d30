import { PairstreamError } from '../../../errors/pairstream-error.js';
import { UnsupportedForest } from './unsupported-forest.js';

/** A tree of a model file, as errors name it. */
export class TreePlace {
  private readonly file: string;
  private readonly tree: number;

  /** @param tree position in the file */
  constructor(file: string, tree: number) {
    this.file = file;
    this.tree = tree;
  }

  /**
   * Error for a damaged tree.
   * @param key array or parameter of the tree
   * @param node undefined for a problem of the whole tree
   */
  damaged(problem: string, key: string, node?: number): PairstreamError {
    const field = this.field(key, node);
    return new PairstreamError('INVALID_MODEL', this.message(problem, node), { field });
  }

  /** Error for a whole tree that is no `Tree`. */
  unsupported(problem: string, key: string, node?: number): UnsupportedForest {
    return new UnsupportedForest(this.message(problem, node), this.field(key, node));
  }

  private message(problem: string, node: number | undefined): string {
    return `${this.file}: tree ${this.tree}${node === undefined ? '' : `, node ${node}`}: ${problem}`;
  }

  private field(key: string, node: number | undefined): string {
    const index = node === undefined ? '' : `[${node}]`;
    return `learner.gradient_booster.model.trees[${this.tree}].${key}${index}`;
  }
}
