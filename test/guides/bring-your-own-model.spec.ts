import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { runProgram } from '../support/processes/run-program.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, ROOT } from '../training/python-environment.js';

const RUN_MS = 600_000;

interface MinePipeline {
  readonly models: {
    readonly mine: { readonly inputs: { readonly input__0: { readonly features: string[] } } };
  };
}

/** Prints how far the golden rows, which the gateway holds its model to, are from the libraries' own answers. */
const DISTANCE = `
import json
from pathlib import Path
import lightgbm as lgb
import numpy as np
import xgboost as xgb
names = json.loads(Path(".work/own/names.json").read_text())
golden = json.loads(Path(".work/own/triton-models/mine/1/golden.json").read_text())
rows = np.array(golden["inputs"]["input__0"], dtype=np.float32)
farthest = 0.0
for target, name in enumerate(("reply", "retweet", "quote", "like")):
    path = Path(f".work/own/{name}.ubj")
    if path.exists():
        model = xgb.Booster(model_file=path)
        own = rows[:, [names.index(feature) for feature in model.feature_names]]
        answers = model.predict(xgb.DMatrix(own, feature_names=model.feature_names))
    else:
        model = lgb.Booster(model_file=path.with_suffix(".txt"))
        answers = model.predict(rows[:, [names.index(feature) for feature in model.feature_name()]])
    served = np.array(golden["outputs"]["output__0"])[:, target]
    assert np.ptp(served) > 0.001, name
    farthest = max(farthest, float(np.abs(answers - served).max()))
print(farthest)
`;

/** A tree as skl2onnx writes it, with label and ZipMap, takes the place of quote. */
const ONNX_IMPORT = `
export PYTHONPATH=training:training/tests
training/.venv/bin/python -c 'import onnx; from onnx_graphs import sklearn_classifier; onnx.save(sklearn_classifier(2), ".work/own/tree.onnx")'
printf 'te_a_user_id_quote\\na_follower_count\\n' > .work/own/two.txt
training/.venv/bin/python -m pairstream_training import --name of_onnx --target quote --model .work/own/tree.onnx \\
  --feature-names .work/own/two.txt --replace-in .work/own/mine.yaml --features .work/own/replay/features-00007.arrow \\
  --out .work/own/triton-models --pipeline-out .work/own/mine-onnx.yaml
`;

describe('docs/guides/bring-your-own-model.md', () => {
  let python: PythonEnvironment;

  beforeAll(async () => {
    python = await preparePython();
  }, INSTALL_MS);

  it('serves models of both libraries by its commands', { timeout: RUN_MS }, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    // Its wheel needs the system's libgomp, which a bare machine lacks.
    const probe = await runProgram(join(ROOT, 'training/.venv/bin/python'), ['-c', 'import lightgbm']);
    if (probe.status !== 0 && process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1') context.skip(probe.stderr);
    await using guide = new GuideRun();
    const blocks = readMarkdownBlocks(join(ROOT, 'docs/guides/bring-your-own-model.md'));
    const outputs: string[] = [];
    for (const { language, text } of blocks) {
      if (language === 'python') writeFileSync(join(guide.root, '.work/own/train.py'), text);
      if (language !== 'bash') continue;
      const { stdout } = await guide.run(text);
      outputs.push(stdout);
    }
    const documented = blocks.find(
      ({ language, heading }) => language === 'text' && heading === '3. Import',
    )!;
    expect(withoutFigures(outputs.at(-4)!)).toEqual(withoutFigures(documented.text));
    expect(outputs.at(-2)).toContain('5000 pairs scored');
    expect(outputs.at(-1)).toContain(
      'like of rung full is by own_like; all else is as in .work/own/mine.yaml',
    );
    expect(outputs.at(-1)).toMatch(/2 models checked for Triton .*: 0 errors, 2 warnings/);

    const pipeline = parse(readFileSync(join(guide.root, '.work/own/mine.yaml'), 'utf8')) as MinePipeline;
    expect(pipeline).toMatchObject({ name: 'mine', stages: [['mine']], blend: { mine: 1 } });
    const { features } = pipeline.models.mine.inputs.input__0;
    writeFileSync(join(guide.root, '.work/own/names.json'), JSON.stringify(features));
    writeFileSync(join(guide.root, '.work/own/distance.py'), DISTANCE);
    const { stdout } = await guide.run('training/.venv/bin/python .work/own/distance.py');
    expect(Number(stdout)).toBeLessThan(2e-6);
    const scored = readFileSync(join(guide.root, '.work/own/p.csv'), 'utf8').trimEnd().split('\n');
    expect(new Set(scored.map((line) => line.split(',')[5])).size).toBeGreaterThan(100);

    // The gateway with an ONNX model in place of one target: the other three answers are the same bytes.
    await guide.run(ONNX_IMPORT);
    await guide.run('PAIRSTREAM_PIPELINE=.work/own/mine-onnx.yaml ./pairstream serve');
    await guide.run(
      './pairstream score --in .work/own/world/part-00007.tsv --out .work/own/onnx.csv --target 127.0.0.1:50051',
    );
    const replaced = readFileSync(join(guide.root, '.work/own/onnx.csv'), 'utf8').trimEnd().split('\n');
    const others = (lines: readonly string[]): string[] =>
      lines.map((line) => line.split(',').toSpliced(4, 1).join(','));
    expect(others(replaced)).toEqual(others(scored));
    expect(replaced.filter((line, row) => line.split(',')[4] === scored[row]!.split(',')[4])).toEqual([]);
  });
});

/** Lines with every figure replaced, since these depend on the machine. */
function withoutFigures(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/-?\d+(\.\d+)?(e-?\d+)?/g, 'N').replaceAll(/ +/g, ' '));
}
