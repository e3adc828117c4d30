import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { runProgram } from '../support/processes/run-program.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, ROOT } from '../training/python-environment.js';

const RUN_MS = 600_000;
const WORLD = '--pairs 80000 --days 10 --users 400 --seed 3';
const LABELLED_COLUMNS = 24;
const UNLABELLED_COLUMNS = 20;
const TWEET_TYPE = 6;
const LANGUAGE = 7;

/** Writes rows as the challenge handed them out: in no order, some without language or type, in compressed part files. */
async function writeDownload(
  folder: string,
  lines: string[],
  columnCount: number,
  hasLzop: boolean,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const rows = lines.map((line, i) => {
    const fields = line.split('\x01').slice(0, columnCount);
    if (i % 50 === 0) fields[LANGUAGE] = '';
    if (i % 70 === 0) fields[TWEET_TYPE] = '';
    return fields.join('\x01');
  });
  for (let part = 0; part < 3; part += 1) {
    const mine = rows.filter((_, i) => (i * 7) % 3 === part).toReversed();
    const path = join(folder, `part-0000${part}`);
    writeFileSync(hasLzop ? path : `${path}.lzo`, `${mine.join('\n')}\n`);
    if (!hasLzop) continue;
    const packed = await runProgram('lzop', ['-U', path]);
    if (packed.status !== 0) throw new Error(packed.stderr);
  }
}

describe('docs/guides/score-challenge-files.md', () => {
  let python: PythonEnvironment;

  beforeAll(async () => {
    python = await preparePython();
  }, INSTALL_MS);

  it('takes compressed part files to a submission', { timeout: RUN_MS }, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const hasLzop = (await runProgram('lzop', ['--version'])).status === 0;
    await using guide = new GuideRun();
    // Hands on what was never compressed.
    if (!hasLzop) guide.addProgram('lzop', 'test "$1" = -dc && exec cat "$2"');
    await guide.run(`./pairstream generate ${WORLD} --out .work/world`);
    const download = join(guide.root, '.work/challenge/download');
    const linesOf = (...days: number[]): string[] =>
      days.flatMap((day) =>
        readFileSync(join(guide.root, `.work/world/part-0000${day}.tsv`), 'utf8')
          .trimEnd()
          .split('\n'),
      );
    await writeDownload(
      join(download, 'train'),
      linesOf(0, 1, 2, 3, 4, 5, 6, 7, 8),
      LABELLED_COLUMNS,
      hasLzop,
    );
    await writeDownload(join(download, 'valid'), linesOf(9), LABELLED_COLUMNS, hasLzop);
    await writeDownload(join(download, 'test'), linesOf(9), UNLABELLED_COLUMNS, hasLzop);
    await guide.run('cp .work/world/vocab.txt .work/challenge/download/');

    const outputs: string[] = [];
    for (const { language, text } of readMarkdownBlocks(join(ROOT, 'docs/guides/score-challenge-files.md'))) {
      if (language !== 'bash') continue;
      const { stdout } = await guide.run(text);
      outputs.push(stdout);
    }
    const submission = readFileSync(join(guide.root, '.work/challenge/submission.csv'), 'utf8');
    const rows = submission
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows.map(([tweet, reader]) => `${tweet} ${reader}`).toSorted()).toEqual(
      linesOf(9)
        .map((line) => line.split('\x01'))
        .map((fields) => `${fields[2]} ${fields[14]}`)
        .toSorted(),
    );
    const chances = rows.flatMap((row) => row.slice(2).map(Number));
    expect(chances).toHaveLength(4 * rows.length);
    expect(chances.every((chance) => chance > 0 && chance < 1)).toBe(true);
    expect(new Set(chances).size).toBeGreaterThan(rows.length);
    expect(readdirSync(join(guide.root, '.work/challenge/replay')).toSorted()).toEqual([
      'features-00005.arrow',
      'features-00006.arrow',
      'features-00007.arrow',
      'features-00008.arrow',
      'statistics.snapshot',
    ]);
    expect(outputs.at(-1)).toMatch(/\bRCE\b/);
  });
});
