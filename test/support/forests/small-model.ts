import { type Ubjson, ubjson } from './ubjson-writer.js';

/** Number that XGBoost writes as the feature of a deleted node. */
const DELETED = 2_147_483_647;

/**
 * A model of 3 features and 2 outputs in the layout of XGBoost 3.2. Tree 0 has depth 2, tree 1 is a single leaf, tree 2 was pruned:
 * its node 1 was a split with the children 3 and 4.
 */
const SMALL_MODEL: Ubjson = {
  learner: {
    attributes: { note: 'made for a test' },
    feature_names: ['a', 'b', 'c'],
    feature_types: [],
    gradient_booster: {
      model: {
        cats: { enc: [], feature_segments: new Int32Array(), sorted_idx: new Int32Array() },
        gbtree_model_param: { num_parallel_tree: '1', num_trees: '3' },
        iteration_indptr: [0, 2, 3],
        tree_info: [0, 1, 0],
        trees: [
          xgboostTree({
            left: [1, 3, -1, -1, -1],
            right: [2, 4, -1, -1, -1],
            feature: [2, 0, 0, 0, 0],
            value: [0.5, -1.25, 0.75, -0.5, 0.125],
            defaultLeft: [1, 0, 0, 0, 0],
          }),
          xgboostTree({ left: [-1], right: [-1], feature: [0], value: [0.25], defaultLeft: [0] }),
          xgboostTree({
            left: [1, -1, 5, -1, -1, -1, -1],
            right: [2, -1, 6, -1, -1, -1, -1],
            feature: [1, 2, 0, DELETED, DELETED, 0, 0],
            value: [3, 1.5, 4, 100, 200, -2, 2],
            defaultLeft: [0, 1, 1, 1, 1, 0, 0],
            deletedCount: 2,
          }),
        ],
      },
      name: 'gbtree',
    },
    learner_model_param: {
      base_score: '[5E-1,2E-1]',
      boost_from_average: '1',
      num_class: '0',
      num_feature: '3',
      num_target: '2',
    },
    objective: { name: 'binary:logistic', reg_loss_param: { scale_pos_weight: '1' } },
  },
  version: [3, 2, 0],
};

/**
 * Bytes of the small model after edits: [path, value]; undefined removes the key.
 * @throws Error if the path leads to nothing
 */
export function smallModel(
  ...edits: readonly (readonly [path: string, value: Ubjson | undefined])[]
): Buffer {
  return ubjson(
    edits.reduce<Ubjson>((model, [path, value]) => edited(model, path.split('.'), value), SMALL_MODEL),
  );
}

function edited(node: Ubjson, [key = '', ...rest]: readonly string[], value: Ubjson | undefined): Ubjson {
  if (typeof node !== 'object' || node === null || !(key in node)) throw new Error(`no ${key} in the model`);
  const entries = Object.entries(node).flatMap(([name, entry]: [string, Ubjson]): [string, Ubjson][] => {
    if (name !== key) return [[name, entry]];
    const next = rest.length === 0 ? value : edited(entry, rest, value);
    return next === undefined ? [] : [[name, next]];
  });
  if (node instanceof Int32Array) return Int32Array.from(entries, ([, entry]) => Number(entry));
  if (node instanceof Float32Array) return Float32Array.from(entries, ([, entry]) => Number(entry));
  if (node instanceof Uint8Array) return Uint8Array.from(entries, ([, entry]) => Number(entry));
  return Array.isArray(node) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
}

/** A tree as XGBoost writes it; arrays have one entry per node. */
export function xgboostTree(nodes: {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly feature: readonly number[];
  readonly value: readonly number[];
  readonly defaultLeft: readonly number[];
  readonly deletedCount?: number;
}): Ubjson {
  const { length } = nodes.left;
  return {
    base_weights: new Float32Array(length),
    categories: new Int32Array(),
    default_left: Uint8Array.from(nodes.defaultLeft),
    id: 0,
    left_children: Int32Array.from(nodes.left),
    right_children: Int32Array.from(nodes.right),
    split_conditions: Float32Array.from(nodes.value),
    split_indices: Int32Array.from(nodes.feature),
    split_type: new Uint8Array(length),
    sum_hessian: new Float32Array(length),
    tree_param: {
      num_deleted: String(nodes.deletedCount ?? 0),
      num_feature: '3',
      num_nodes: String(length),
      size_leaf_vector: '1',
    },
  };
}
