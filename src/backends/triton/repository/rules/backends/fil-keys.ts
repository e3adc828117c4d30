/** File that FIL reads, by `model_type`. `default_model_filename` names another. */
export const FIL_FILES: Readonly<Record<string, string>> = {
  xgboost: 'xgboost.model',
  xgboost_json: 'xgboost.json',
  xgboost_ubj: 'xgboost.ubj',
  lightgbm: 'model.txt',
  treelite_checkpoint: 'checkpoint.tl',
};

/** Keys that have other names since 25.09, by the new name. */
export const RENAMED_KEYS: Readonly<Record<string, string>> = {
  is_classifier: 'output_class',
  layout: 'algo',
  chunk_size: 'threads_per_tree',
};

/** Keys that 25.09 took away. */
export const REMOVED_KEYS: readonly string[] = ['storage_type', 'blocks_per_sm'];

/** Keys whose values are `true` or `false`. */
export const BOOLEAN_KEYS: readonly string[] = [
  'is_classifier',
  'output_class',
  'predict_proba',
  'xgboost_allow_unknown_field',
  'use_experimental_optimizations',
];

/** Every key that some version of FIL reads. */
export const FIL_KEYS: readonly string[] = [
  ...BOOLEAN_KEYS,
  'model_type',
  'threshold',
  'layout',
  'algo',
  'chunk_size',
  'threads_per_tree',
  'transfer_threshold',
  'cpu_nthread',
  ...REMOVED_KEYS,
];
