import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CompiledForest } from '../../../src/backends/forest/compiled-forest.js';
import { readForest } from '../../../src/backends/forest/files/read-forest.js';
import { compileForest } from '../../../src/backends/forest/layout/compile-forest.js';
import { bitsOf, runForest } from '../../support/forests/run-forest.js';
import { runProgram } from '../../support/processes/run-program.js';
import {
  INSTALL_MS,
  preparePython,
  type PythonEnvironment,
  ROOT,
  runPython,
} from '../../training/python-environment.js';

/** Forests that are trained, imported and compared. */
const FORESTS = Number(process.env['FOREST_CASES'] ?? 60);
const SEED = Number(process.env['FOREST_SEED'] ?? 1);
const ROWS = 1_000;
/** Forests that are made before they are compared and deleted. */
const CHUNK = 60;
const CHUNK_MS = 900_000;
/** Rows per call: of the walk in blocks, and of the walks of a few rows. */
const CALL_ROWS = [ROWS, 40, 7, 1];
/** Calls of fewer rows than all. */
const SMALL_CALLS = 25;
const TOLERANCE = 1e-6;
const MAX_BYTES = 2 ** 28;

/** forest.json of `python -m forest_cases`. */
interface ForestCase {
  readonly featureCount: number;
  readonly outputCount: number;
  /** Settings of the models that were merged into the forest. */
  readonly models: readonly { readonly library: string }[];
}

/** A compared forest. */
interface Comparison {
  readonly kinds: readonly string[];
  /** Differences, with the settings of the forest. */
  readonly problems: readonly string[];
}

describe('the forest walker', () => {
  let python: PythonEnvironment;
  /** Why LightGBM cannot be loaded; empty if it can: its wheel needs the system's libgomp. */
  let lightgbmProblem = '';

  beforeAll(async () => {
    python = await preparePython();
    if (python.status !== 0) return;
    const probe = await runProgram(join(ROOT, 'training/.venv/bin/python'), ['-c', 'import lightgbm']);
    if (probe.status !== 0) lightgbmProblem = probe.stderr;
  }, INSTALL_MS);

  it(
    `answers ${FORESTS} forests of seed ${SEED} as the libraries that trained them`,
    { timeout: Math.ceil(FORESTS / CHUNK) * CHUNK_MS },
    async (context) => {
      if (python.isOptionalAndMissing) context.skip(python.output);
      if (lightgbmProblem !== '' && process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1')
        context.skip(lightgbmProblem);
      const comparisons: Comparison[] = [];
      for (let first = 0; first < FORESTS; first += CHUNK)
        comparisons.push(...(await compareChunk(first, Math.min(CHUNK, FORESTS - first))));
      expect(comparisons.flatMap(({ problems }) => problems)).toEqual([]);
      expect(comparisons).toHaveLength(FORESTS);
      const kinds = new Set(comparisons.flatMap((comparison) => comparison.kinds));
      expect([...kinds].toSorted()).toEqual(['LightGBM', 'XGBoost', 'several models', 'several outputs']);
    },
  );
});

/** Makes forests of consecutive numbers, and compares each. */
async function compareChunk(first: number, count: number): Promise<Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forest-cases-'));
  try {
    const numbers = { forests: count, first, rows: ROWS, seed: SEED };
    const options = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const made = await runPython(['forest_cases', '--out', join(folder, 'cases'), ...options]);
    if (made.status !== 0) throw new Error(made.output);
    return readdirSync(join(folder, 'cases')).map((name) => compareCase(join(folder, 'cases', name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compareCase(folder: string): Comparison {
  const { featureCount, outputCount, models } = JSON.parse(
    readFileSync(join(folder, 'forest.json'), 'utf8'),
  ) as ForestCase;
  const bytes = (file: string): ArrayBuffer => new Uint8Array(readFileSync(join(folder, file))).buffer;
  const rows = new Float32Array(bytes('rows.f32'));
  const forest = readForest(new Uint8Array(bytes('xgboost.ubj')), join(folder, 'xgboost.ubj'));
  expect(forest).toMatchObject({ featureCount, outputCount });
  const options = { maxBytes: MAX_BYTES, scratchCount: 1 };
  const margins = compileForest(forest, { ...options, outputs: 'margins' });
  const probabilities = compileForest(forest, options);
  const xgboostMargins = new Float32Array(bytes('margins.f32'));
  const libraryProbabilities = new Float64Array(bytes('probabilities.f64'));
  const problems = CALL_ROWS.flatMap((callRows) => {
    const seenMargins = answersOf(margins, rows, callRows);
    const seen = answersOf(probabilities, rows, callRows);
    return [
      ...marginProblems(seenMargins, xgboostMargins),
      ...probabilityProblems(seen, libraryProbabilities),
    ].map(
      (problem) =>
        `forest ${basename(folder)}, calls of ${callRows} rows: ${problem}; ${JSON.stringify(models)}`,
    );
  });
  const kinds = models.map(({ library }) => library);
  if (models.length > 1) kinds.push('several models');
  if (outputCount > 1) kinds.push('several outputs');
  return { kinds, problems };
}

/** Answers to the first rows, by calls of `callRows` rows. */
function answersOf(forest: CompiledForest, rows: Float32Array, callRows: number): Float32Array {
  const callCount = Math.min(SMALL_CALLS, ROWS / callRows);
  const { featureCount } = forest;
  const answers: number[] = [];
  for (let call = 0; call < callCount; call += 1) {
    const from = Math.floor(call * callRows) * featureCount;
    answers.push(...runForest(forest, rows.subarray(from, from + callRows * featureCount), callRows));
  }
  return Float32Array.from(answers);
}

/** XGBoost's margins for xgboost.ubj have the same bits. */
function marginProblems(seen: Float32Array, expected: Float32Array): string[] {
  const bits = bitsOf(expected);
  const at = bitsOf(seen).findIndex((value, i) => value !== bits[i]);
  return at === -1 ? [] : [`value ${at}: margin ${seen[at]}, XGBoost ${expected[at]}`];
}

function probabilityProblems(seen: Float32Array, expected: Float64Array): string[] {
  const at = seen.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= TOLERANCE));
  return at === -1 ? [] : [`value ${at}: probability ${seen[at]}, the library ${expected[at]}`];
}
