import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readForest } from '../../../src/backends/forest/files/read-forest.js';
import { UnsupportedForest } from '../../../src/backends/forest/files/unsupported-forest.js';
import type { Forest } from '../../../src/backends/forest/forest.js';
import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import { slowMargins } from '../../support/forests/slow-walk.js';
import { smallModel, xgboostTree } from '../../support/forests/small-model.js';
import { int64, type Ubjson, ubjson } from '../../support/forests/ubjson-writer.js';
import { ROOT } from '../../support/gateway/test-gateway.js';

const LEARNER = 'learner';
const PARAM = 'learner.learner_model_param';
const MODEL = 'learner.gradient_booster.model';
const TREES = `${MODEL}.trees`;
const RUNS = { numRuns: 2_000 };

/** The error of `readForest`; undefined if the bytes are a forest. Every error must be a single line that names the file. */
function refusal(bytes: Uint8Array): PairstreamError | undefined {
  const result = outcome(bytes);
  if (!(result instanceof PairstreamError)) {
    expectSound(result);
    return undefined;
  }
  expect(result.code).toBe('INVALID_MODEL');
  expect(result.message).toMatch(/^m\.ubj: [^\n]+$/);
  return result;
}

function outcome(bytes: Uint8Array): Forest | PairstreamError {
  try {
    return readForest(bytes, 'm.ubj');
  } catch (error) {
    if (error instanceof PairstreamError) return error;
    throw error;
  }
}

/** Holds a forest against what its interface promises. */
function expectSound({ featureCount, outputCount, baseMargins, trees }: Forest): void {
  expect(baseMargins).toHaveLength(outputCount);
  expect(trees.length).toBeGreaterThan(0);
  for (const { left, right, feature, value, missingLeft, output } of trees) {
    const nodes = [...left.keys()];
    const isLeaf = (node: number): boolean => left[node] === -1;
    expect(right.length).toBe(nodes.length);
    expect(nodes.every((node) => isLeaf(node) === (right[node] === -1))).toBe(true);
    const children = nodes.flatMap((node) => (isLeaf(node) ? [] : [left[node]!, right[node]!]));
    expect([0, ...children].toSorted((a, b) => a - b)).toEqual(nodes);
    expect(reachable(left, right)).toBe(nodes.length);
    expect(nodes.every((node) => feature[node]! < featureCount)).toBe(true);
    expect(nodes.every((node) => Number.isFinite(value[node]))).toBe(true);
    expect(nodes.every((node) => missingLeft[node]! <= 1)).toBe(true);
    expect([feature.length, value.length, missingLeft.length]).toEqual(Array(3).fill(nodes.length));
    expect(output).toBeLessThan(outputCount);
  }
}

function reachable(left: Int32Array, right: Int32Array): number {
  const nodes = [0];
  for (const node of nodes) if (left[node] !== -1) nodes.push(left[node]!, right[node]!);
  return nodes.length;
}

/** The small model with other bytes, `at` bytes after the end of a key. */
function overwritten(key: string, at: number, bytes: Uint8Array): Buffer {
  const model = smallModel();
  const start = model.indexOf(Buffer.concat([int64(key.length), Buffer.from(key)])) + 9 + key.length + at;
  model.set(bytes, start);
  return model;
}

describe('readForest', () => {
  it('reads trees, outputs and base margins, and leaves out deleted nodes', () => {
    const { baseMargins, ...forest } = readForest(smallModel(), 'm.ubj');
    expect(forest).toEqual({
      featureCount: 3,
      outputCount: 2,
      trees: [
        {
          left: Int32Array.of(1, 3, -1, -1, -1),
          right: Int32Array.of(2, 4, -1, -1, -1),
          feature: Uint16Array.of(2, 0, 0, 0, 0),
          value: Float32Array.of(0.5, -1.25, 0.75, -0.5, 0.125),
          missingLeft: Uint8Array.of(1, 0, 0, 0, 0),
          output: 0,
        },
        {
          left: Int32Array.of(-1),
          right: Int32Array.of(-1),
          feature: Uint16Array.of(0),
          value: Float32Array.of(0.25),
          missingLeft: Uint8Array.of(0),
          output: 1,
        },
        {
          left: Int32Array.of(1, -1, 3, -1, -1),
          right: Int32Array.of(2, -1, 4, -1, -1),
          feature: Uint16Array.of(1, 0, 0, 0, 0),
          value: Float32Array.of(3, 1.5, 4, -2, 2),
          missingLeft: Uint8Array.of(0, 0, 1, 0, 0),
          output: 0,
        },
      ],
    });
    expect(baseMargins[0]).toBe(0);
    expect(baseMargins[1]).toBeCloseTo(Math.log(0.2 / 0.8), 6);
  });

  it('reads bytes that lie inside others, and does not keep them', () => {
    const model = smallModel();
    const around = Buffer.concat([Buffer.alloc(13, 255), model, Buffer.alloc(5, 255)]);
    const forest = readForest(around.subarray(13, 13 + model.length), 'm.ubj');
    around.fill(255);
    expect(forest).toEqual(readForest(model, 'm.ubj'));
  });

  it.each<[what: string, edit: [string, Ubjson | undefined]]>([
    ['one base score for all outputs', [`${PARAM}.base_score`, '2E-1']],
    ['no num_target', [`${PARAM}.num_target`, undefined]],
    ['no split_type', [`${TREES}.0.split_type`, undefined]],
    ['size_leaf_vector 0', [`${TREES}.0.tree_param.size_leaf_vector`, '0']],
    ['reg:logistic', [`${LEARNER}.objective.name`, 'reg:logistic']],
    ['tree_info with a type', [`${MODEL}.tree_info`, Int32Array.of(0, 1, 0)]],
    [
      'numbers of all kinds, where they are not read',
      [`${LEARNER}.attributes`, [1, 300, 70_000, 0.5, true, null]],
    ],
    ['the most features', [`${PARAM}.num_feature`, '65535']],
  ])('reads a model with %s', (what, edit) => {
    // Without num_target the second output is out of range.
    const edits: [string, Ubjson | undefined][] =
      what === 'no num_target'
        ? [edit, [`${MODEL}.tree_info`, [0, 0, 0]], [`${PARAM}.base_score`, '5E-1']]
        : [edit];
    expect(refusal(smallModel(...edits))).toBeUndefined();
  });

  it.each([
    ['5E-1', 0],
    ['0', -13.81551],
    ['1', 13.74516],
    ['1E-9', -13.81551],
    ['[4.76E-1]', -0.09607382],
  ])('gives XGBoost’s margin for the base score %s', (text, margin) => {
    const { baseMargins } = readForest(smallModel([`${PARAM}.base_score`, text]), 'm.ubj');
    expect(baseMargins).toEqual(Float32Array.of(margin, margin));
  });

  it.each(['xgb1', 'xgb2', 'xgb3', 'xgb4', 'xgb5'])('reads %s: its trees give the golden answers', (name) => {
    const folder = join(ROOT, 'triton-models', name, '1');
    const path = join(folder, 'xgboost.ubj');
    const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
    const forest = readForest(readFileSync(path), path);
    expect(largestDifference(forest, golden.inputs.input__0, golden.outputs.output__0)).toBeLessThan(1e-6);
  });

  it.each(['binary', 'targets'])(
    'reads the fixture %s, which has a base score: its trees give XGBoost’s answers',
    (name) => {
      const path = join(ROOT, 'test/triton/fixtures', name, '1/xgboost.ubj');
      const { rows, values } = JSON.parse(readFileSync(join(path, '../golden.json'), 'utf8'));
      expect(largestDifference(readForest(readFileSync(path), path), rows, values)).toBeLessThan(1e-6);
    },
  );

  it('reads a tree whatever the numbers of its nodes are, and whatever nodes were deleted', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    const { branch } = fc.letrec<{ branch: Branch }>((tie) => ({
      branch: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        value.map((leaf) => ({ value: leaf })),
        fc.record({
          value,
          feature: fc.nat(2),
          missingLeft: fc.nat(1),
          children: fc.tuple(tie('branch'), tie('branch')),
        }),
      ),
    }));
    const rows = fc.array(fc.array(fc.float(), { minLength: 3, maxLength: 3 }), { minLength: 1 });
    fc.assert(
      fc.property(branch, fc.nat(5), fc.infiniteStream(fc.nat()), rows, (root, deletedCount, keys, rows) => {
        const forest = readForest(smallModel([`${TREES}.1`, numbered(root, deletedCount, keys)]), 'm.ubj');
        expectSound(forest);
        for (const row of rows) {
          const margins = slowMargins(forest, Float32Array.from(row));
          expect(margins[1]).toBe(Math.fround(forest.baseMargins[1]! + leafOf(root, row)));
        }
      }),
    );
  });

  it('reads a chain of 50,000 splits', () => {
    const splits = 50_000;
    const nodes = Array.from({ length: 2 * splits + 1 }, (_, node) => node);
    const child = (node: number, distance: number): number =>
      node % 2 === 0 && node < 2 * splits ? node + distance : -1;
    const chain = xgboostTree({
      left: nodes.map((node) => child(node, 1)),
      right: nodes.map((node) => child(node, 2)),
      feature: nodes.map(() => 0),
      value: nodes,
      defaultLeft: nodes.map(() => 0),
    });
    const model = smallModel([`${TREES}.1`, chain]);
    const forest = readForest(model, 'm.ubj');
    expect(slowMargins(forest, Float32Array.of(1e9, 0, 0))[1]).toBeCloseTo(2 * splits - 1.386, 0);
  });
});

/** A split if it has children, else a leaf. */
interface Branch {
  readonly value: number;
  readonly feature?: number;
  readonly missingLeft?: number;
  readonly children?: readonly [Branch, Branch];
}

/** A tree with the nodes of a branch in the order of `keys`, among nodes that were deleted. */
function numbered(root: Branch, deletedCount: number, keys: Iterator<number>): Ubjson {
  const branches = [root];
  for (const branch of branches) branches.push(...(branch.children ?? []));
  const deleted = Array.from({ length: deletedCount }, (): Branch => ({ value: Number.NaN, feature: -1 }));
  const others = [...branches.slice(1), ...deleted].map((branch) => ({ branch, key: keys.next().value }));
  const nodes = [root, ...others.toSorted((a, b) => a.key - b.key).map(({ branch }) => branch)];
  const child = (branch: Branch, side: 0 | 1): number =>
    branch.children === undefined ? -1 : nodes.indexOf(branch.children[side]);
  return xgboostTree({
    left: nodes.map((branch) => child(branch, 0)),
    right: nodes.map((branch) => child(branch, 1)),
    feature: nodes.map(({ feature }) => feature ?? 0),
    value: nodes.map(({ value }) => value),
    defaultLeft: nodes.map(({ missingLeft }) => missingLeft ?? 0),
    deletedCount,
  });
}

function leafOf({ children, value, feature = 0, missingLeft = 0 }: Branch, row: readonly number[]): number {
  if (children === undefined) return value;
  const seen = row[feature]!;
  const goesLeft = Number.isNaN(seen) ? missingLeft === 1 : seen < value;
  return leafOf(children[goesLeft ? 0 : 1], row);
}

/** How far the probabilities of a forest are from the expected ones; null in a row stands for NaN. */
function largestDifference(
  forest: Forest,
  rows: readonly (readonly (number | null)[])[],
  expected: readonly (readonly number[])[],
): number {
  const differences = rows.flatMap((row, i) => {
    const margins = slowMargins(
      forest,
      Float32Array.from(row, (value) => value ?? Number.NaN),
    );
    return Array.from(margins, (margin, output) =>
      Math.abs(1 / (1 + Math.exp(-margin)) - expected[i]![output]!),
    );
  });
  return Math.max(...differences);
}

type Case = readonly [message: string, path: string, value: Ubjson | undefined];

describe('readForest refuses as damaged', () => {
  it.each<Case>([
    // The whole model
    ['learner.gradient_booster.name: missing, expected a model that XGBoost saved', LEARNER, undefined],
    ['byte 17, learner: int8, expected an object', LEARNER, 5],
    [
      'learner.objective.name: missing, expected a model that XGBoost saved',
      `${LEARNER}.objective`,
      undefined,
    ],
    ['learner.gradient_booster.model.trees: missing, expected a model that XGBoost saved', TREES, undefined],
    ['learner.gradient_booster.model.trees: no trees, expected at least one', TREES, []],
    [
      'learner.learner_model_param.num_feature: missing, expected a model that XGBoost saved',
      PARAM,
      undefined,
    ],
    ['learner.learner_model_param.num_feature: "0", expected 1 to 65535', `${PARAM}.num_feature`, '0'],
    ['learner.learner_model_param.num_feature: "-3", expected 1 to 65535', `${PARAM}.num_feature`, '-3'],
    ['learner.learner_model_param.num_class: "x", expected a whole number', `${PARAM}.num_class`, 'x'],
    [
      'learner.learner_model_param.num_target: "4000000000", expected 1 to 3, as many as there are trees',
      `${PARAM}.num_target`,
      '4000000000',
    ],
    [
      'learner.learner_model_param.num_target: "0", expected 1 to 3, as many as there are trees',
      `${PARAM}.num_target`,
      '0',
    ],
    ...['', '[]', '-0.1', '[5E-1,1.1]', 'nan', '[5E-1,nan]', 'inf', '[5E-1,5E-1,5E-1]', '0x1', '[5E-1'].map(
      (text): Case => [
        `learner.learner_model_param.base_score: "${text}", expected a probability, or a list of 2`,
        `${PARAM}.base_score`,
        text,
      ],
    ),
    [
      'learner.gradient_booster.model.tree_info: missing, expected a model that XGBoost saved',
      `${MODEL}.tree_info`,
      undefined,
    ],
    [
      'learner.gradient_booster.model.tree_info: 2 outputs, expected 3, one for each tree',
      `${MODEL}.tree_info`,
      [0, 1],
    ],
    [
      'learner.gradient_booster.model.tree_info[1]: output 2 of tree 1, expected 0 to 1',
      `${MODEL}.tree_info.1`,
      2,
    ],
    [
      'learner.gradient_booster.model.tree_info[2]: output -1 of tree 2, expected 0 to 1',
      `${MODEL}.tree_info.2`,
      -1,
    ],
    // A tree
    ['tree 2: num_nodes is "seven", expected a whole number', `${TREES}.2.tree_param.num_nodes`, 'seven'],
    ['tree 2: num_nodes is missing, expected a whole number', `${TREES}.2.tree_param.num_nodes`, undefined],
    ['tree 1: no nodes, expected at least 1', `${TREES}.1.tree_param.num_nodes`, '0'],
    [
      'tree 0: size_leaf_vector is "-1", expected a whole number',
      `${TREES}.0.tree_param.size_leaf_vector`,
      '-1',
    ],
    [
      'tree 0: 5 values in left_children, expected 1099511627776 as in num_nodes',
      `${TREES}.0.tree_param.num_nodes`,
      '1099511627776',
    ],
    [
      'tree 0: 4 values in left_children, expected 5 as in num_nodes',
      `${TREES}.0.left_children`,
      Int32Array.of(1, 3, -1, -1),
    ],
    [
      'tree 0: 6 values in right_children, expected 5 as in num_nodes',
      `${TREES}.0.right_children`,
      Int32Array.of(2, 4, -1, -1, -1, -1),
    ],
    [
      'tree 0: 0 values in split_indices, expected 5 as in num_nodes',
      `${TREES}.0.split_indices`,
      new Int32Array(),
    ],
    [
      'tree 0: 6 values in split_conditions, expected 5 as in num_nodes',
      `${TREES}.0.split_conditions`,
      new Float32Array(6),
    ],
    [
      'tree 0: 4 values in default_left, expected 5 as in num_nodes',
      `${TREES}.0.default_left`,
      new Uint8Array(4),
    ],
    [
      'tree 0: 4 values in split_type, expected 5 as in num_nodes',
      `${TREES}.0.split_type`,
      new Uint8Array(4),
    ],
    // Nodes
    [
      'tree 0, node 1: child 900, expected two children of 1 to 4, or -1 twice in a leaf',
      `${TREES}.0.right_children.1`,
      900,
    ],
    [
      'tree 0, node 1: child -2, expected two children of 1 to 4, or -1 twice in a leaf',
      `${TREES}.0.left_children.1`,
      -2,
    ],
    [
      'tree 0, node 2: child -1, expected two children of 1 to 4, or -1 twice in a leaf',
      `${TREES}.0.right_children.2`,
      4,
    ],
    [
      'tree 0, node 1: child 0, which leads back to this node, expected a tree',
      `${TREES}.0.left_children.1`,
      0,
    ],
    [
      'tree 0, node 1: child 1, which leads back to this node, expected a tree',
      `${TREES}.0.right_children.1`,
      1,
    ],
    [
      'tree 0, node 1: child 2, which is a child of node 0, too, expected one parent',
      `${TREES}.0.left_children.1`,
      2,
    ],
    [
      'tree 0, node 0: child 1, which is a child of node 0, too, expected one parent',
      `${TREES}.0.right_children.0`,
      1,
    ],
    [
      'tree 2: num_deleted is "1", expected 2, the number of nodes that no split leads to',
      `${TREES}.2.tree_param.num_deleted`,
      '1',
    ],
    [
      'tree 0: num_deleted is missing, expected 0, the number of nodes that no split leads to',
      `${TREES}.0.tree_param.num_deleted`,
      undefined,
    ],
    ['tree 0, node 0: a split on feature 3, expected 0 to 2', `${TREES}.0.split_indices.0`, 3],
    ['tree 0, node 1: a split on feature -1, expected 0 to 2', `${TREES}.0.split_indices.1`, -1],
    [
      'tree 0, node 1: threshold Infinity, expected a finite number',
      `${TREES}.0.split_conditions.1`,
      Number.POSITIVE_INFINITY,
    ],
    ['tree 0, node 0: threshold NaN, expected a finite number', `${TREES}.0.split_conditions.0`, Number.NaN],
    ['tree 0, node 4: leaf value NaN, expected a finite number', `${TREES}.0.split_conditions.4`, Number.NaN],
    [
      'tree 1, node 0: leaf value -Infinity, expected a finite number',
      `${TREES}.1.split_conditions.0`,
      Number.NEGATIVE_INFINITY,
    ],
    ['tree 0, node 1: default_left 2, expected 0 or 1', `${TREES}.0.default_left.1`, 2],
    ['tree 0, node 1: split_type 7, expected 0 or 1', `${TREES}.0.split_type.1`, 7],
  ])('%s', (message, path, value) => {
    const error = refusal(smallModel([path, value]));
    expect(error?.message).toBe(`m.ubj: ${message}`);
    expect(error).not.toBeInstanceOf(UnsupportedForest);
  });

  it('a loop that the root does not lead to', () => {
    const left = ['left_children.1', 'right_children.1', 'left_children.3', 'right_children.3'];
    const values = [-1, -1, 4, 3];
    const error = refusal(
      smallModel(...left.map((key, i): [string, Ubjson] => [`${TREES}.0.${key}`, values[i]!])),
    );
    expect(error?.message).toBe(
      'm.ubj: tree 0: num_deleted is "0", expected 2, the number of nodes that no split leads to',
    );
  });

  it.each<Case>([
    [
      'trees[0].left_children: a list of float32, expected a list of int32',
      'left_children',
      new Float32Array(5),
    ],
    [
      'trees[0].left_children: a list without a type, expected a list of int32',
      'left_children',
      [1, 3, -1, -1, -1],
    ],
    [
      'trees[0].split_conditions: a list of int32, expected a list of float32',
      'split_conditions',
      new Int32Array(5),
    ],
    ['trees[0].default_left: a list of int32, expected a list of uint8', 'default_left', new Int32Array(5)],
    ['trees[0].right_children: text, expected a list', 'right_children', 'none'],
    ['trees[0].split_indices: missing, expected as XGBoost writes it', 'split_indices', undefined],
    ['trees[0].tree_param: a list, expected an object', 'tree_param', []],
    ['trees[0].tree_param.num_nodes: int8, expected text', 'tree_param.num_nodes', 5],
  ])('a type: %s', (message, key, value) => {
    const error = refusal(smallModel([`${TREES}.0.${key}`, value]));
    expect(error?.message.replace(/^m\.ubj: byte \d+, /, '')).toBe(
      `learner.gradient_booster.model.${message}`,
    );
    expect(error?.field).toBe(`learner.gradient_booster.model.${message.split(':')[0]}`);
  });

  it('trees that are no list, and an output that is no whole number', () => {
    expect(refusal(smallModel([TREES, 'none']))?.message).toMatch(/model\.trees: text, expected a list$/);
    expect(refusal(smallModel([`${MODEL}.tree_info.1`, 0.5]))?.message).toMatch(
      /model\.tree_info\[1\]: float32, expected a whole number of at most 32 bits$/,
    );
  });
});

describe('readForest tells a model that it does not take from a damaged one', () => {
  it.each<Case>([
    ['learner.gradient_booster.name: "dart", expected "gbtree"', `${LEARNER}.gradient_booster.name`, 'dart'],
    [
      'learner.gradient_booster.name: "gblinear", expected "gbtree"',
      `${LEARNER}.gradient_booster`,
      { model: { boosted_rounds: 4, weights: new Float32Array(6) }, name: 'gblinear' },
    ],
    [
      'learner.objective.name: "multi:softprob", expected "binary:logistic" or "reg:logistic"',
      `${LEARNER}.objective.name`,
      'multi:softprob',
    ],
    [
      'learner.learner_model_param.num_feature: 65536, expected at most 65535',
      `${PARAM}.num_feature`,
      '65536',
    ],
    ['learner.learner_model_param.num_class: 3, expected 0', `${PARAM}.num_class`, '3'],
    [
      'tree 2: leaves with 2 values, expected 1: train with multi_strategy one_output_per_tree',
      `${TREES}.2.tree_param.size_leaf_vector`,
      '2',
    ],
    ['tree 2, node 2: a split on categories, expected thresholds', `${TREES}.2.split_type.2`, 1],
  ])('%s', (message, path, value) => {
    const error = refusal(smallModel([path, value]));
    expect(error?.message).toBe(`m.ubj: ${message}`);
    expect(error).toBeInstanceOf(UnsupportedForest);
  });
});

describe('readForest refuses other files', () => {
  it.each([
    ['nothing', '', 'empty'],
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n',
      'a pointer of Git LFS (`git lfs pull` downloads the model)',
    ],
    ['JSON', '{"learner":{"attributes":{}}}', 'JSON'],
    ['JSON with blanks', ' \n{\n  "learner": {}}', 'JSON'],
    ['a pickle', '\x80\x04\x95\x1f\x00\x00\x00\x00', 'begins with the bytes 80 04 95 1f 00 00 00 00'],
    ['ONNX', '\x08\x0a\x12\x0apair', 'begins with the bytes 08 0a 12 0a 70 61 69 72'],
    ['the old binary format', 'binf\0\0', 'begins with the bytes 62 69 6e 66 00 00'],
  ])('%s', (_, content, problem) => {
    const error = refusal(Buffer.from(content, 'latin1'));
    expect(error?.message).toBe(`m.ubj: ${problem}, expected a model that XGBoost saved as .ubj`);
  });

  it('another model in UBJSON', () => {
    expect(refusal(ubjson({ layers: [1, 2, 3] }))?.message).toBe(
      'm.ubj: learner.gradient_booster.name: missing, expected a model that XGBoost saved',
    );
  });

  it('a file that is cut short at any byte, as damaged', () => {
    const model = smallModel();
    for (let length = 0; length < model.length; length += 1) {
      const error = refusal(model.subarray(0, length));
      expect(error, `${length} bytes`).toBeDefined();
      expect(error).not.toBeInstanceOf(UnsupportedForest);
    }
  });

  it('bytes after the end', () => {
    expect(refusal(Buffer.concat([smallModel(), Buffer.from('}')]))?.message).toMatch(
      /: 1 bytes after the model, expected none$/,
    );
  });

  it.each([
    [
      'a count of 2^40 integers',
      overwritten('left_children', 4, int64(2n ** 40n)),
      /left_children: a count of 1099511627776 of 4 bytes, but only \d+ bytes follow/,
    ],
    [
      'a count of 2^40 trees',
      overwritten('trees', 2, int64(2n ** 40n)),
      /trees: a count of 1099511627776, but only \d+ bytes follow/,
    ],
    [
      'a count below 0',
      overwritten('left_children', 4, int64(-5n)),
      /left_children: a count of -5, expected 0 or more/,
    ],
    [
      'a text of 2^62 bytes',
      overwritten('base_score', 1, int64(2n ** 62n)),
      /base_score: a count of 4611686018427388000, but only/,
    ],
    [
      'a count of 2^40 in a list that is not read',
      overwritten('base_weights', 4, int64(2n ** 40n)),
      /base_weights: a count of 1099511627776 of 4 bytes/,
    ],
    [
      'a list of elements without bytes',
      overwritten('base_weights', 2, Buffer.from('Z')),
      /base_weights: a list of null, expected a list of numbers/,
    ],
    [
      'a list of lists with a type',
      overwritten('base_weights', 2, Buffer.from('[')),
      /base_weights: a list of a list, expected a list of numbers/,
    ],
    [
      'an unknown marker',
      overwritten('id', 0, Buffer.from('?')),
      /trees\[0\]\.id: byte 0x3f, expected a value/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes)?.message).toMatch(message);
  });

  it.each(['[', '[[#L\0\0\0\0\0\0\0\x01', '{L\0\0\0\0\0\0\0\x01a'])(
    'lists and objects without end: %j',
    (opening) => {
      const bomb = Buffer.from(`{L\0\0\0\0\0\0\0\x01x${opening.repeat(100_000)}`, 'latin1');
      expect(refusal(bomb)?.message).toMatch(/: a value in 32 others, expected fewer$/);
    },
  );
});

describe('readForest on any bytes gives a sound forest or one error', () => {
  it('with bytes changed', () => {
    const model = smallModel();
    let refused = 0;
    const change = fc.tuple(fc.nat(model.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const bytes = Buffer.from(model);
        for (const [at, value] of changes) bytes[at] = value;
        if (refusal(bytes) !== undefined) refused += 1;
      }),
      RUNS,
    );
    expect(refused).toBeGreaterThan(RUNS.numRuns / 4);
  });

  it('with a piece moved', () => {
    const model = smallModel();
    const at = fc.nat(model.length);
    fc.assert(
      fc.property(at, at, at, (from, to, where) => {
        const piece = model.subarray(Math.min(from, to), Math.max(from, to));
        refusal(Buffer.concat([model.subarray(0, where), piece, model.subarray(where)]));
      }),
      RUNS,
    );
  });

  it('made of UBJSON’s markers', () => {
    const marker = fc.constantFrom(...'{}[]$#SiUIlLdDZTFCNH'.split(''), '\0', '\x01', '\xff');
    fc.assert(
      fc.property(fc.array(marker, { maxLength: 60 }), (markers) => {
        expect(refusal(Buffer.from(`{${markers.join('')}`, 'latin1'))).toBeDefined();
      }),
      RUNS,
    );
  });
});
