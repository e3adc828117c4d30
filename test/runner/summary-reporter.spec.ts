import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';

/** Leaves uncaught errors behind: one rejection for each of the expressions. */
const uncaught = (...reasons: readonly string[]): string => `
it('leaves errors behind', async () => {
  for (const reason of [${reasons.join(', ')}]) void Promise.reject(reason);
  await new Promise((resolve) => setTimeout(resolve, 20));
});`;

/** What spec files hold, the last lines that a run of them prints, and its exit status. */
const RUNS: readonly {
  readonly name: string;
  readonly files: readonly string[];
  readonly lines: readonly string[];
  readonly status: number;
}[] = [
  {
    name: 'a test that passes',
    files: ["it('a', () => {});"],
    lines: ['1 passed, 0 failed, 0 skipped'],
    status: 0,
  },
  {
    name: 'one error that nobody catches',
    files: [uncaught("new Error('lost')")],
    lines: ['FAILED  outside of a test: lost', '1 passed, 1 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'the same error many times',
    files: [uncaught(...Array.from({ length: 20 }, () => "new Error('lost')"))],
    lines: ['1 passed, 1 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'the same error of two files',
    files: [uncaught("new Error('lost')"), uncaught("new Error('lost')", "new Error('lost')")],
    lines: ['2 passed, 1 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'errors with the same message and different classes',
    files: [uncaught("new Error('lost')", "new TypeError('lost')")],
    lines: ['1 passed, 1 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'different errors, each several times',
    files: [
      uncaught("new Error('a')", "new Error('b')", "new Error('a')", "new Error('c')", "new Error('b')"),
    ],
    lines: ['1 passed, 3 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'thrown values that are no errors',
    files: [uncaught("'text'", "'text'", "{ message: 'object' }", "{ message: 'object' }")],
    lines: ['1 passed, 2 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'a failed test beside an uncaught error of the same message',
    files: [`${uncaught("new Error('lost')")} it('b', () => { throw new Error('lost'); });`],
    lines: ['1 passed, 2 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'failed tests of one message, each of which counts',
    files: ["for (const name of ['a', 'b', 'c']) it(name, () => { throw new Error('lost'); });"],
    lines: [
      ...['a', 'b', 'c'].map((name) => `FAILED  0.spec.ts > ${name}: lost`),
      '0 passed, 3 failed, 0 skipped',
    ],
    status: 1,
  },
  {
    name: 'a hook that fails, and the tests behind it',
    files: ["describe('s', () => { beforeAll(() => { throw new Error('lost'); }); it('a', () => {}); });"],
    lines: ['SKIPPED  0.spec.ts > s > a', 'FAILED  0.spec.ts > s: lost', '0 passed, 1 failed, 1 skipped'],
    status: 1,
  },
  {
    name: 'a file that cannot be loaded',
    files: ["throw new Error('lost');", "it('a', () => {});"],
    lines: ['1 passed, 1 failed, 0 skipped'],
    status: 1,
  },
  {
    name: 'skipped tests, with and without a reason',
    files: ["it('a', ({ skip }) => skip('no GPU')); describe('s', () => it.skip('b', () => {}));"],
    lines: ['SKIPPED  0.spec.ts > a (no GPU)', 'SKIPPED  0.spec.ts > s > b', '0 passed, 0 failed, 2 skipped'],
    status: 0,
  },
];

describe('the last lines of a test run', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it.each(RUNS)('$name', async ({ files, lines, status }) => {
    const folder = mkdtempSync(join(tmpdir(), 'summary-'));
    folders.push(folder);
    files.forEach((text, index) => writeFileSync(join(folder, `${index}.spec.ts`), text));
    const args = [
      'run',
      '--root',
      folder,
      '--globals',
      '--reporter',
      join(ROOT, 'scripts/summary-reporter.ts'),
    ];
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const ran = await runProgram(process.execPath, [vitest, ...args], { cwd: folder });
    expect(ran.stdout.trimEnd().split('\n').slice(-lines.length)).toEqual(lines);
    expect(ran.status).toBe(status);
  });
});
