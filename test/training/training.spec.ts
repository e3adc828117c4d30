import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CATALOGUE } from '../../src/features/catalogue.js';

const root = join(import.meta.dirname, '../..');
const training = join(root, 'training');
const python = join(training, '.venv/bin/python');

/** Exit status of scripts/training-env.sh on a machine without a fitting Python. */
const NO_PYTHON = 3;
/** A first run downloads the locked packages. */
const INSTALL_MS = 900_000;
const RUN_MS = 300_000;
const OUTPUT_BYTES = 16 * 1024 * 1024;

interface Finished {
  readonly status: number;
  readonly output: string;
}

function run(program: string, args: readonly string[], cwd: string): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, maxBuffer: OUTPUT_BYTES }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      const reason = error === null || status > 0 ? '' : error.message;
      resolve({ status, output: `${stdout}${stderr}${reason}` });
    });
  });
}

describe('training package', () => {
  let environment: Finished;
  let isSkipped = false;

  beforeAll(async () => {
    environment = await run(join(root, 'scripts/training-env.sh'), [], root);
    isSkipped = environment.status === NO_PYTHON && process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1';
  }, INSTALL_MS);

  it('has its locked environment', (context) => {
    if (isSkipped) context.skip(environment.output);
    expect(environment).toMatchObject({ status: 0 });
  });

  it.for<[string, string[]]>([
    ['is formatted', ['ruff', 'format', '--check', '.']],
    ['passes the linter', ['ruff', 'check', '.']],
    ['passes strict type checks', ['mypy']],
    ['passes its own tests', ['pytest']],
  ])('%s', { timeout: RUN_MS }, async ([, command], context) => {
    if (isSkipped) context.skip(environment.output);
    expect(await run(python, ['-m', ...command], training)).toMatchObject({ status: 0 });
  });
});

describe('pipelines/recsys2021.yaml', () => {
  it('gives xgb1 every feature of the catalogue once', () => {
    const pipeline: unknown = parse(readFileSync(join(root, 'pipelines/recsys2021.yaml'), 'utf8'));
    expect(pipeline).toHaveProperty('models.xgb1.inputs.input__0.features');
    const { features } = (pipeline as { models: { xgb1: { inputs: { input__0: { features: string[] } } } } })
      .models.xgb1.inputs.input__0;
    expect(features.toSorted()).toEqual(CATALOGUE.map(({ name }) => name).toSorted());
  });
});
