import { PairstreamError } from '../../../errors/pairstream-error.js';
import { shownField } from '../../../errors/shown-field.js';
import type { Forest, Tree } from '../forest.js';
import { baseMargins } from './base-margins.js';
import { buildTree } from './build-tree.js';
import { fileKindProblem } from './file-kind.js';
import { type ModelParts, readModelParts, type TreeParts } from './model-parts.js';
import { TreePlace } from './tree-place.js';
import { UnsupportedForest } from './unsupported-forest.js';
import { wholeNumber } from './whole-number.js';

const MOST_FEATURES = 65_535;
const OBJECTIVES = ['binary:logistic', 'reg:logistic'];
const BOOSTER = 'gbtree';
const BOOSTER_FIELD = 'learner.gradient_booster.name';
const OBJECTIVE_FIELD = 'learner.objective.name';
const PARAM_FIELD = 'learner.learner_model_param';
const MODEL_FIELD = 'learner.gradient_booster.model';

/**
 * Reads and checks a model that XGBoost saved in UBJSON (`xgboost.ubj`). Does not keep the bytes.
 * @param bytes the whole file
 * @param file name of the file, for errors
 * @throws UnsupportedForest for a whole model that is no `Forest`; PairstreamError INVALID_MODEL for a damaged one. The message is
 *   one line with file, tree and node, the value, and what is accepted.
 */
export function readForest(bytes: Uint8Array, file: string): Forest {
  const kind = fileKindProblem(bytes);
  if (kind !== undefined) throw damaged(file, '', `${kind}, expected a model that XGBoost saved as .ubj`);
  const parts = readModelParts(bytes, file);
  checkKind(parts, file);
  const featureCount = featureCountOf(parts, file);
  const trees = required(parts.trees, `${MODEL_FIELD}.trees`, file);
  if (trees.length === 0) throw damaged(file, `${MODEL_FIELD}.trees`, 'no trees, expected at least one');
  const outputCount = outputCountOf(parts, trees.length, file);
  return {
    featureCount,
    outputCount,
    baseMargins: marginsOf(parts, outputCount, file),
    trees: buildTrees(parts, trees, outputCount, featureCount, file),
  };
}

/** Refuses models that are no forests of probabilities. */
function checkKind({ booster, objective }: ModelParts, file: string): void {
  const boosterName = required(booster, BOOSTER_FIELD, file);
  if (boosterName !== BOOSTER)
    throw unsupported(file, BOOSTER_FIELD, `${shownField(boosterName)}, expected "${BOOSTER}"`);
  const objectiveName = required(objective, OBJECTIVE_FIELD, file);
  if (!OBJECTIVES.includes(objectiveName)) {
    const problem = `${shownField(objectiveName)}, expected "${OBJECTIVES.join('" or "')}"`;
    throw unsupported(file, OBJECTIVE_FIELD, problem);
  }
}

function featureCountOf({ param }: ModelParts, file: string): number {
  const field = `${PARAM_FIELD}.num_feature`;
  const text = required(param?.get('num_feature'), field, file);
  const count = wholeNumber(text) ?? 0;
  if (count > MOST_FEATURES) throw unsupported(file, field, `${count}, expected at most ${MOST_FEATURES}`);
  if (count === 0) throw damaged(file, field, `${shownField(text)}, expected 1 to ${MOST_FEATURES}`);
  return count;
}

/** Files of older versions have no `num_target`: they have one output. */
function outputCountOf({ param }: ModelParts, treeCount: number, file: string): number {
  const classes = param?.get('num_class') ?? '0';
  const classCount = wholeNumber(classes);
  const classField = `${PARAM_FIELD}.num_class`;
  if (classCount === undefined)
    throw damaged(file, classField, `${shownField(classes)}, expected a whole number`);
  if (classCount > 1) throw unsupported(file, classField, `${classCount}, expected 0`);
  const text = param?.get('num_target') ?? '1';
  const count = wholeNumber(text) ?? 0;
  if (count > 0 && count <= treeCount) return count;
  const problem = `${shownField(text)}, expected 1 to ${treeCount}, as many as there are trees`;
  throw damaged(file, `${PARAM_FIELD}.num_target`, problem);
}

function marginsOf({ param }: ModelParts, outputCount: number, file: string): Float32Array {
  const field = `${PARAM_FIELD}.base_score`;
  const text = required(param?.get('base_score'), field, file);
  const margins = baseMargins(text, outputCount);
  if (margins !== undefined) return margins;
  const accepted = outputCount === 1 ? 'a probability' : `a probability, or a list of ${outputCount}`;
  throw damaged(file, field, `${shownField(text)}, expected ${accepted}`);
}

function buildTrees(
  { treeInfo }: ModelParts,
  trees: readonly TreeParts[],
  outputCount: number,
  featureCount: number,
  file: string,
): Tree[] {
  const field = `${MODEL_FIELD}.tree_info`;
  const outputs = required(treeInfo, field, file);
  if (outputs.length !== trees.length)
    throw damaged(file, field, `${outputs.length} outputs, expected ${trees.length}, one for each tree`);
  return trees.map((parts, number) => {
    const output = outputs[number] ?? -1;
    if (output < 0 || output >= outputCount) {
      const problem = `output ${output} of tree ${number}, expected 0 to ${outputCount - 1}`;
      throw damaged(file, `${field}[${number}]`, problem);
    }
    return buildTree(parts, output, featureCount, new TreePlace(file, number));
  });
}

function required<T>(value: T | undefined, field: string, file: string): T {
  if (value === undefined) throw damaged(file, field, 'missing, expected a model that XGBoost saved');
  return value;
}

function damaged(file: string, field: string, problem: string): PairstreamError {
  const place = field === '' ? '' : `${field}: `;
  return new PairstreamError('INVALID_MODEL', `${file}: ${place}${problem}`, { field });
}

function unsupported(file: string, field: string, problem: string): UnsupportedForest {
  return new UnsupportedForest(`${file}: ${field}: ${problem}`, field);
}
