import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import { compareByTurns, type TurnOptions } from './turns.js';

let root: string;
let log: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'turns-'));
  log = join(root, 'turns.log');
  git('init', '--quiet');
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}');
  write('.gitignore', 'node_modules\n.work\nbuilt\nturns.log\n');
  write('package-lock.json', '{}');
  write('Makefile', 'build: node_modules/.package-lock.json\n\t@echo built > built\n');
  commit({ latency: 10, rate: 100 });
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a comparison by turns', () => {
  it('tells a slower working tree, by times and by rates', async () => {
    writeProgram({ latency: 12, rate: 80, unchanged: 1 });
    const { comparisons, unmatched, hash } = await compareByTurns(options());
    expect(hash).toBe(git('rev-parse', '--short', 'HEAD').trim());
    expect(comparisons).toMatchObject([
      { name: 'latency', before: [10, 10, 10], after: [12, 12, 12], verdict: 'slower' },
      { name: 'rate', verdict: 'slower' },
    ]);
    expect(comparisons.map(({ ratio }) => ratio.median)).toEqual([1.2, 1.25]);
    expect(unmatched).toEqual(['fake: unchanged']);
  });

  it('lets a difference inside the tolerance pass', async () => {
    writeProgram({ latency: 10.2, rate: 99 });
    const { comparisons } = await compareByTurns(options());
    expect(comparisons.map(({ verdict }) => verdict)).toEqual(['within', 'within']);
  });

  it('runs the other commit first and then by turns, and leaves no worktree', async () => {
    await compareByTurns(options());
    const turns = readFileSync(log, 'utf8').trim().split('\n');
    expect(turns.map((tree) => tree === root)).toEqual([false, true, false, true, false, true]);
    expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
    expect(readdirSync(join(root, '.work'))).toEqual([]);
  });

  it('runs the command score with the same rows', async () => {
    const { comparisons } = await compareByTurns({ ...options(), benchmarks: ['score'] });
    expect(comparisons).toMatchObject([{ benchmark: 'score', unit: 's' }]);
    expect(readFileSync(log, 'utf8')).toContain('--in rows.tsv');
  });

  it('names a commit that does not exist', async () => {
    await expect(compareByTurns({ ...options(), ref: 'nowhere' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('--against is "nowhere", expected a commit'),
    });
  });

  it('names a benchmark that fails, and leaves no worktree', async () => {
    write('pairstream', '#!/bin/sh\necho out of luck >&2\nexit 3\n', 0o755);
    await expect(compareByTurns(options())).rejects.toMatchObject({
      code: 'BENCHMARK_FAILED',
      message: expect.stringMatching(/bench fake .* ended with 3: out of luck$/),
    });
    expect(readdirSync(join(root, '.work'))).toEqual([]);
  });

  it('ends the benchmark with its children when it is aborted, and leaves no worktree', async () => {
    const pidFile = join(root, 'child.pid');
    write('pairstream', `#!/bin/sh\nsleep 600 &\necho $! > ${pidFile}\nwait\n`, 0o755);
    const childPid = (): number => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0);
    const controller = new AbortController();
    const running = compareByTurns({ ...options(), signal: controller.signal }).catch(
      (error: PairstreamError) => error,
    );
    await expect.poll(childPid, { timeout: 150_000 }).toBeGreaterThan(0);
    controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => isRunning(childPid()), { timeout: 150_000 }).toBe(false);
    expect(readdirSync(join(root, '.work'))).toEqual([]);
  });
});

function options(): TurnOptions {
  return {
    root,
    ref: 'HEAD',
    benchmarks: ['fake'],
    rounds: 3,
    tolerance: 0.03,
    partFile: 'rows.tsv',
    signal: new AbortController().signal,
    onTurn: () => undefined,
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Makes a command line whose benchmark reports these figures, and commits it. */
function commit(figures: Readonly<Record<string, number>>): void {
  writeProgram(figures);
  git('add', '.');
  git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '-m', 'first');
}

function writeProgram(values: Readonly<Record<string, number>>): void {
  const figures = Object.entries(values).map(([name, value]) => ({
    name,
    unit: name === 'rate' ? 'pairs/s' : 'us/pair',
    value,
  }));
  const result = { benchmark: 'fake', command: '', machine: '', commit: '', date: '', figures };
  const script = [
    '#!/bin/sh',
    `echo "$PWD $*" | sed 's/ bench .*//' >> ${log}`,
    `if [ "$1" = bench ]; then echo '${JSON.stringify(result)}' > "$4/$2.json"; fi`,
  ];
  write('pairstream', `${script.join('\n')}\n`, 0o755);
}

function write(name: string, text: string, mode = 0o644): void {
  writeFileSync(join(root, name), text, { mode });
}

function git(...args: string[]): string {
  return execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' });
}
