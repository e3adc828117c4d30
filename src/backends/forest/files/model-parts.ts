import { UbjsonReader } from './ubjson-reader.js';

/** A tree as XGBoost writes it; its values are not checked. Arrays have one entry per node if the tree is whole. */
export interface TreeParts {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly feature: Int32Array;
  readonly value: Float32Array;
  readonly defaultLeft: Uint8Array;
  /** 1 for a split on categories. Undefined in files of older versions of XGBoost. */
  readonly splitType: Uint8Array | undefined;
  /** `tree_param`, by key. */
  readonly param: ReadonlyMap<string, string>;
}

/** The needed parts of a model of XGBoost, unchecked. Undefined if missing. */
export interface ModelParts {
  /** `learner.gradient_booster.name` */
  booster?: string;
  /** `learner.objective.name` */
  objective?: string;
  /** `learner.learner_model_param`, by key. */
  param?: ReadonlyMap<string, string>;
  /** `learner.gradient_booster.model.tree_info`: output column of each tree. */
  treeInfo?: Int32Array;
  trees?: readonly TreeParts[];
}

/**
 * Decodes a whole model file. Keys that a forest does not need are skipped.
 * @throws PairstreamError INVALID_MODEL if the bytes are not UBJSON, or a part has another type or is missing in a tree
 */
export function readModelParts(bytes: Uint8Array, file: string): ModelParts {
  const reader = new UbjsonReader(bytes, file);
  const parts: ModelParts = {};
  reader.readObject((key) => {
    if (key === 'learner') reader.readObject((part) => readLearnerPart(reader, part, parts));
  });
  reader.end();
  return parts;
}

function readLearnerPart(reader: UbjsonReader, key: string, parts: ModelParts): void {
  if (key === 'learner_model_param') parts.param = readTexts(reader);
  else if (key === 'objective')
    reader.readObject((part) => {
      if (part === 'name') parts.objective = reader.readText();
    });
  else if (key === 'gradient_booster')
    reader.readObject((part) => {
      if (part === 'name') parts.booster = reader.readText();
      else if (part === 'model') reader.readObject((name) => readTreePart(reader, name, parts));
    });
}

function readTreePart(reader: UbjsonReader, key: string, parts: ModelParts): void {
  if (key === 'tree_info') parts.treeInfo = reader.readIntegers();
  else if (key === 'trees') {
    const trees: TreeParts[] = [];
    reader.readList(() => trees.push(readTree(reader)));
    parts.trees = trees;
  }
}

function readTree(reader: UbjsonReader): TreeParts {
  const tree: { -readonly [Key in keyof TreeParts]?: TreeParts[Key] } = {};
  reader.readObject((key) => {
    switch (key) {
      case 'left_children':
        tree.left = reader.readInt32s();
        break;
      case 'right_children':
        tree.right = reader.readInt32s();
        break;
      case 'split_indices':
        tree.feature = reader.readInt32s();
        break;
      case 'split_conditions':
        tree.value = reader.readFloat32s();
        break;
      case 'default_left':
        tree.defaultLeft = reader.readUint8s();
        break;
      case 'split_type':
        tree.splitType = reader.readUint8s();
        break;
      case 'tree_param':
        tree.param = readTexts(reader);
        break;
      default:
    }
  });
  // A tree without these is refused here, so that no file makes more objects than it has bytes.
  const required = <T>(value: T | undefined, key: string): T => {
    if (value === undefined) throw reader.error('missing, expected as XGBoost writes it', key);
    return value;
  };
  return {
    left: required(tree.left, 'left_children'),
    right: required(tree.right, 'right_children'),
    feature: required(tree.feature, 'split_indices'),
    value: required(tree.value, 'split_conditions'),
    defaultLeft: required(tree.defaultLeft, 'default_left'),
    splitType: tree.splitType,
    param: required(tree.param, 'tree_param'),
  };
}

/** Reads an object whose values are texts. */
function readTexts(reader: UbjsonReader): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  reader.readObject((key) => texts.set(key, reader.readText()));
  return texts;
}
