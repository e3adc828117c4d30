import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { readReleaseFiles } from '../../src/releases/release.js';
import { runCommand } from '../support/processes/cli-process.js';
import { SHIPPED_PIPELINE } from '../support/gateway/test-gateway.js';

const folder = mkdtempSync(join(tmpdir(), 'vocabulary-'));
const world = join(folder, 'world');
const out = join(folder, 'replayed');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await runCommand([
    'generate',
    '--pairs',
    '2000',
    '--days',
    '2',
    '--users',
    '200',
    '--seed',
    '3',
    '--out',
    world,
  ]);
});

function variant(name: string, change: (pieces: string[]) => string[]): string {
  const path = join(folder, name);
  const pieces = readFileSync(join(world, 'vocab.txt'), 'utf8').trimEnd().split('\n');
  writeFileSync(path, `${change(pieces).join('\n')}\n`);
  return path;
}

/** Unlike text, pieces of special tokens keep their capitals. */
const lowerCased = (pieces: string[]): string[] =>
  pieces.map((piece, i) =>
    piece.startsWith('[') ? piece : piece === piece.toLowerCase() ? piece : `piece${i}`,
  );

async function replay(vocabulary: string, ...options: string[]) {
  const args = ['--in', world, '--vocabulary', vocabulary, '--out', out, '--warm-up-days', '1', ...options];
  return await runCommand(['replay', ...args]);
}

describe('a vocabulary that is not that of the rows', () => {
  it('is warned of at replay, each kind as what it is', async () => {
    const right = await replay(join(world, 'vocab.txt'));
    expect(right).toMatchObject({ exitCode: 0, stderr: '' });
    const uncased = variant('uncased.txt', lowerCased);
    const warned = await replay(uncased);
    expect(warned.stderr).toMatch(/^warning: .*uncased\.txt: 0 of \d+ pieces have a capital letter/);
    expect(await replay(uncased, '--do-lower-case')).toMatchObject({ exitCode: 0, stderr: '' });
    const reordered = await replay(variant('reordered.txt', (pieces) => pieces.toReversed()));
    expect(reordered.stderr).toMatch(/\[PAD\] has id \d+, expected 0/);
    expect(reordered.stderr).toMatch(/text_tokens of 2000 of 2000 rows do not begin with \[CLS\] \(id \d+\)/);
  });

  it('is refused at replay when it is too short for the rows', async () => {
    const { exitCode, stderr } = await replay(variant('cut.txt', (pieces) => pieces.slice(0, 200)));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/vocabulary/);
  });
});

describe('do_lower_case of a pipeline file', () => {
  it('is false by default, and a property of the vocabulary of the release', () => {
    expect(readReleaseFiles(SHIPPED_PIPELINE)).toMatchObject({
      warnings: [],
      vocabulary: { doLowerCase: false },
    });
    const shipped: Record<string, unknown> = parse(readFileSync(SHIPPED_PIPELINE, 'utf8'));
    const files = join(SHIPPED_PIPELINE, '../recsys2021');
    const path = join(folder, 'lower.yaml');
    writeFileSync(
      path,
      stringify({
        ...shipped,
        vocabulary: join(files, 'vocab.txt'),
        statistics: join(files, 'statistics.snapshot'),
        languages: join(files, 'languages.yaml'),
        do_lower_case: true,
      }),
    );
    const { vocabulary, warnings } = readReleaseFiles(path);
    expect(vocabulary.doLowerCase).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(/vocab\.txt: \d+ of \d+ pieces .* remove do_lower_case$/),
    ]);
  });
});
