import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CATALOGUE } from '../../src/features/catalogue.js';
import { KEY_SETS } from '../../src/features/key-sets.js';
import { TARGETS } from '../../src/pairs/targets.js';
import {
  INSTALL_MS,
  preparePython,
  type PythonEnvironment,
  ROOT,
  RUN_MS,
  runPython,
} from './python-environment.js';

describe('training package', () => {
  let python: PythonEnvironment;

  beforeAll(async () => {
    python = await preparePython();
  }, INSTALL_MS);

  it('has its locked environment', (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    expect(python).toMatchObject({ status: 0 });
  });

  it.for<[string, string[]]>([
    ['is formatted', ['ruff', 'format', '--check', '.']],
    ['passes the linter', ['ruff', 'check', '.']],
    ['passes strict type checks', ['mypy']],
  ])('%s', { timeout: RUN_MS }, async ([, command], context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    expect(await runPython(command)).toMatchObject({ status: 0 });
  });

  it('passes strict type checks with or without PyTorch', { timeout: RUN_MS }, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const folder = mkdtempSync(join(tmpdir(), 'pairstream-mypy-'));
    const settings = join(folder, 'pyproject.toml');
    const skipTorch = '\n[[tool.mypy.overrides]]\nmodule = ["torch.*"]\nfollow_imports = "skip"\n';
    writeFileSync(settings, readFileSync(join(ROOT, 'training/pyproject.toml'), 'utf8') + skipTorch);
    // With the cache of the test above: mypy checks again what imports PyTorch.
    const finished = await runPython(['mypy', '--config-file', settings]);
    rmSync(folder, { recursive: true });
    expect(finished).toMatchObject({ status: 0 });
  });
});

describe('pipelines/recsys2021.yaml', () => {
  it('gives xgb1 the published inputs, each once', () => {
    const pipeline: unknown = parse(readFileSync(join(ROOT, 'pipelines/recsys2021.yaml'), 'utf8'));
    expect(pipeline).toHaveProperty('models.xgb1.inputs.input__0.features');
    const { features } = (pipeline as { models: { xgb1: { inputs: { input__0: { features: string[] } } } } })
      .models.xgb1.inputs.input__0;
    const names = CATALOGUE.map(({ name }) => name);
    expect(new Set(features).size).toBe(70);
    expect(features.filter((name) => !names.includes(name))).toEqual([]);
    // Ten key sets, four targets each, as published; the catalogue has the other models' as well.
    const encodings = KEY_SETS.slice(0, 10).flatMap(({ name }) =>
      TARGETS.map((target) => `te_${name}_${target}`),
    );
    expect(features.filter((name) => name.startsWith('te_')).toSorted()).toEqual(encodings.toSorted());
  });
});
