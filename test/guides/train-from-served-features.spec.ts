import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFeatureFiles, readFeatureFile } from '../../src/offline/replay/feature-file-reader.js';
import { ROOT } from '../support/gateway/test-gateway.js';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';

const RUN_MS = 600_000;
const PAGE = join(ROOT, 'docs/guides/train-from-served-features.md');

describe('docs/guides/train-from-served-features.md', () => {
  it('does what it says by its commands', { timeout: RUN_MS }, async () => {
    await using guide = new GuideRun();
    const blocks = readMarkdownBlocks(PAGE).filter(({ language }) => language === 'bash');
    const printed: string[] = [];
    for (const { text } of blocks) printed.push((await guide.run(text)).stdout);
    expect(printed).toHaveLength(3);
    const [, metrics, joined] = printed;
    expect(metrics).toMatch(/^pairstream_feature_log_dropped_rows 0$/m);
    expect(joined).toMatch(
      /^\d+ rows joined into \d+ files; left out: \d+ not shown, \d+ with an open window$/m,
    );
    const joinedCount = Number(/^(\d+) rows joined/m.exec(joined ?? '')?.[1]);
    expect(joinedCount).toBeGreaterThan(0);
    let readCount = 0;
    for (const { path } of listFeatureFiles(join(guide.root, '.work/joined')))
      for await (const rows of readFeatureFile(path)) readCount += rows.rowCount;
    expect(readCount).toBe(joinedCount);
  });

  it.each([
    ['--features missing --log missing --out out', /missing: .*(no such|not exist|ENOENT)/i],
    [
      '--features examples --log missing --out out',
      /examples: no served-\*\.arrow in it, expected the feature log/,
    ],
    ['--features examples --log missing --out out --window-hours day', /expected a whole number/],
    [
      '--features examples --log missing --out out --window-hours 0',
      /--window-hours is 0, expected 1 or more/,
    ],
    ['--features examples --log missing --out out --day-zero 2026-13-01', /expected a day as YYYY-MM-DD/],
  ])('refuses %s with one line', { timeout: RUN_MS }, async (options, message) => {
    await using guide = new GuideRun();
    await expect(guide.run(`./pairstream join-log ${options}`)).rejects.toThrow(message);
  });
});
