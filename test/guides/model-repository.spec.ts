import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, ROOT } from '../training/python-environment.js';

const RUN_MS = 600_000;
const PATH = join(ROOT, 'docs/guides/model-repository.md');

describe('docs/guides/model-repository.md', () => {
  let python: PythonEnvironment;

  beforeAll(async () => {
    python = await preparePython();
  }, INSTALL_MS);

  it('derives, checks and rewrites by its commands, as it says', { timeout: RUN_MS }, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    await using guide = new GuideRun();
    // As a fresh clone has it.
    for (const forest of ['xgb1', 'xgb2', 'xgb3', 'xgb4', 'xgb5'])
      rmSync(join(guide.root, 'triton-models', forest, '1/checkpoint.tl'), { force: true });
    const printed: string[] = [];
    const documented: string[] = [];
    for (const { language, text } of readMarkdownBlocks(PATH)) {
      if (language === 'text') documented.push(text);
      if (language === 'bash') printed.push((await guide.run(text)).stdout.trim());
    }
    expect(documented).toHaveLength(4);
    expect(printed.map(withoutDistances)).toEqual(documented.map(withoutDistances));

    // What was derived is no part of the package, though it lies in the folder.
    copyFileSync(join(ROOT, 'package.json'), join(guide.root, '.work/package.json'));
    await guide.run('rm package.json && mv .work/package.json .');
    const { stdout } = await guide.run('npm pack --dry-run --json --ignore-scripts');
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const packed = files.map(({ path }) => path).filter((path) => path.startsWith('triton-models/xgb1/'));
    expect(packed.toSorted()).toEqual([
      'triton-models/xgb1/1/SHA256SUMS',
      'triton-models/xgb1/1/golden.json',
      'triton-models/xgb1/1/xgboost.ubj',
      'triton-models/xgb1/config.pbtxt',
    ]);
  });

  it('names every file of the shipped models', () => {
    const text = readFileSync(PATH, 'utf8');
    const entries = readdirSync(join(ROOT, 'triton-models'), { recursive: true, withFileTypes: true });
    const files = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
    expect(files.size).toBeGreaterThan(4);
    for (const file of files) expect(text).toContain(file);
  });
});

/** Distances depend on the machine, and FIL may be installed. */
function withoutDistances(text: string): string {
  return text.replaceAll(/\d\.\de[-+]\d+/g, 'N').replaceAll(/FIL (not asked .*|on a CPU N)/g, 'FIL');
}
