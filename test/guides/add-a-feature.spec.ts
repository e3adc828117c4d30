import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, ROOT } from '../training/python-environment.js';

const RUN_MS = 600_000;
/** What the guide's patch and commands change. */
const CHANGED = [
  'src',
  'test',
  'docs',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
  'scripts',
];
const FEATURE = 'tw_char_per_word';

interface LookPipeline {
  readonly models: {
    readonly look: { readonly inputs: { readonly input__0: { readonly features: string[] } } };
  };
}

describe('docs/guides/add-a-feature.md', () => {
  let python: PythonEnvironment;

  beforeAll(async () => {
    python = await preparePython();
  }, INSTALL_MS);

  it('adds a feature by its patch and commands', { timeout: RUN_MS }, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    await using guide = new GuideRun(CHANGED);
    const outputs: string[] = [];
    for (const { language, text } of readMarkdownBlocks(join(ROOT, 'docs/guides/add-a-feature.md'))) {
      if (language === 'diff') writeFileSync(join(guide.root, '.work/feature.patch'), `${text}\n`);
      if (language !== 'bash') continue;
      const { stdout } = await guide.run(text);
      outputs.push(stdout);
    }
    expect(outputs[1]).toMatch(/\d+ passed, 0 failed/);
    expect(outputs[2]).toContain('5000 pairs scored');

    const page = readFileSync(join(guide.root, 'docs/reference/features.md'), 'utf8');
    expect(page).toContain(`| \`${FEATURE}\` | tweet | float | characters of the body / words of the body`);
    expect(readFileSync(join(ROOT, 'docs/reference/features.md'), 'utf8')).not.toContain(FEATURE);

    const replayed = join(guide.root, '.work/feature/replay');
    const file = readdirSync(replayed).find((name) => name.endsWith('.arrow'))!;
    const table = tableFromIPC(readFileSync(join(replayed, file)));
    const column = (name: string): number[] => [...(table.getChild(name)!.toArray() as Float32Array)];
    const words = column('tw_count_words');
    const expected = column('tw_count_char').map((count, i) => Math.fround(count / Math.max(1, words[i]!)));
    expect(column(FEATURE)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(20);

    const pipeline = parse(readFileSync(join(guide.root, '.work/feature/look.yaml'), 'utf8')) as LookPipeline;
    expect(pipeline.models.look.inputs.input__0.features).toContain(FEATURE);
  });
});
