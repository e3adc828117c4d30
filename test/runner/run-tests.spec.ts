import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';

/** A statement that throws in the first run of its file alone. */
const throwAtFirst = (statement: string): string => `
import { existsSync, writeFileSync } from 'node:fs';
const isFirst = !existsSync(import.meta.filename + '.ran');
writeFileSync(import.meta.filename + '.ran', '');
it('a', async () => { if (isFirst) { ${statement} } });`;

const FLAKY = throwAtFirst("throw new Error('late');");
const BROKEN = "it('a', () => { throw new Error('wrong'); });";
const GOOD = "it('a', () => {});";

/** Texts of spec files, the lines that a run of them must print, the last line, and the exit status. */
const RUNS: readonly {
  readonly name: string;
  readonly files: readonly string[];
  readonly lines: readonly string[];
  readonly last: string;
  readonly status: number;
}[] = [
  {
    name: 'files that pass',
    files: [GOOD, GOOD],
    lines: [],
    last: '2 passed, 0 failed, 0 skipped',
    status: 0,
  },
  {
    name: 'a test that fails once',
    files: [GOOD, FLAKY],
    lines: [
      'FAILED AT FIRST  1.spec.ts > a: late',
      'FLAKY  passed alone, on a second run: 1.spec.ts > a: late',
    ],
    last: '2 passed, 0 failed, 0 skipped',
    status: 0,
  },
  {
    name: 'a test that fails twice',
    files: [GOOD, BROKEN],
    lines: ['FAILED AT FIRST  1.spec.ts > a: wrong', 'FAILED  1.spec.ts > a: wrong'],
    last: '1 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    name: 'one file that fails once and one that fails twice',
    files: [FLAKY, BROKEN],
    lines: ['FLAKY  passed alone, on a second run: 0.spec.ts > a: late', 'FAILED  1.spec.ts > a: wrong'],
    last: '1 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    name: 'more files that fail once than run again',
    files: Array.from({ length: 6 }, () => FLAKY),
    lines: ['FAILED  5.spec.ts > a: late'],
    last: '0 passed, 6 failed, 0 skipped',
    status: 1,
  },
  {
    name: 'an uncaught error in the first run',
    files: [
      throwAtFirst("void Promise.reject(new Error('lost')); await new Promise((go) => setTimeout(go, 20));"),
    ],
    lines: ['FLAKY  passed alone, on a second run: 0.spec.ts: an error outside of a test'],
    last: '1 passed, 0 failed, 0 skipped',
    status: 0,
  },
  {
    name: 'an uncaught error in each run',
    files: [
      "it('a', async () => { void Promise.reject(new Error('lost')); await new Promise((go) => setTimeout(go, 20)); });",
    ],
    lines: ['FAILED  outside of a test: lost'],
    last: '1 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    name: 'a test that skips itself after it failed at first',
    files: [`${throwAtFirst("throw new Error('late');")} it('b', ({ skip }) => skip('no GPU'));`],
    lines: ['SKIPPED  0.spec.ts > b (no GPU)'],
    last: '1 passed, 0 failed, 1 skipped',
    status: 0,
  },
];

describe('a run of the tests', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it.each(RUNS)('$name', async ({ files, lines, last, status }) => {
    const folder = mkdtempSync(join(tmpdir(), 'run-tests-'));
    folders.push(folder);
    files.forEach((text, index) => writeFileSync(join(folder, `${index}.spec.ts`), text));
    const args = [
      '--import',
      join(ROOT, 'scripts/typescript-resolution.mjs'),
      join(ROOT, 'scripts/run-tests.ts'),
    ];
    const ran = await runProgram(process.execPath, [...args, '--root', folder, '--globals'], { cwd: folder });
    const printed = ran.stdout.trimEnd().split('\n');
    expect(printed).toEqual(expect.arrayContaining([...lines]));
    expect(printed.at(-1)).toBe(last);
    expect(ran.status).toBe(status);
  });
});
