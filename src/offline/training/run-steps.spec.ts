import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSteps } from './run-steps.js';
import type { TrainingStep } from './training-step.js';

let root: string;
let told: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'run-steps-'));
  told = [];
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

function shell(name: string, script: string, inputs: string[], outputs: string[]): TrainingStep {
  return { name, inputs, outputs, action: { program: 'sh', args: ['-euc', script] } };
}

/** Three steps in a row; each notes in `ran` that it ran. */
function chain(second = 'cat work/a > work/b'): TrainingStep[] {
  return [
    shell('first', 'echo first >> ran; echo a > work/a', ['source'], ['work/a']),
    shell('the second', `echo second >> ran; ${second}`, ['work/a'], ['work/b']),
    shell('third', 'echo third >> ran; cat work/b > work/c', ['work/b'], ['work/c']),
  ];
}

async function run(steps: TrainingStep[], signal = new AbortController().signal): Promise<void> {
  await runSteps(steps, {
    root,
    folder: 'work',
    signal,
    onStep: (name, state) => void told.push(`${name} ${state}`),
  });
}

function ran(): string[] {
  const path = join(root, 'ran');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  rmSync(path, { force: true });
  return lines;
}

describe('steps of a training', () => {
  it('run in their order, and anew after a run that finished', async () => {
    await run(chain());
    expect(ran()).toEqual(['first', 'second', 'third']);
    writeFileSync(join(root, 'work/of an earlier run'), '');
    await run(chain());
    expect(ran()).toEqual(['first', 'second', 'third']);
    expect(existsSync(join(root, 'work/of an earlier run'))).toBe(false);
  });

  it('resume with the step that failed, which is named with its last line and its log', async () => {
    const broken = chain('echo so far so good >&2; echo no room >&2; exit 7');
    const message =
      'step "the second": exit status 7, "no room" (log: work/logs/the-second.log). Run the same command again to resume with this step';
    await expect(run(broken)).rejects.toMatchObject({ code: 'STEP_FAILED', message });
    expect(readFileSync(join(root, 'work/logs/the-second.log'), 'utf8')).toBe('so far so good\nno room\n');
    expect(ran()).toEqual(['first', 'second']);
    told = [];
    await run(chain());
    expect(ran()).toEqual(['second', 'third']);
    expect(told).toEqual(['first is done', 'the second begins', 'third begins']);
  });

  it('run again when an output is gone, and then the steps that read it', async () => {
    const last = shell('last', 'exit 1', [], ['work/d']);
    const other = shell('other', 'echo other >> ran; echo e > work/e', ['source'], ['work/e']);
    const steps = [...chain(), other, last];
    await expect(run(steps)).rejects.toThrow('step "last": exit status 1 (log: work/logs/last.log)');
    expect(ran()).toEqual(['first', 'second', 'third', 'other']);
    rmSync(join(root, 'work/b'));
    await expect(run(steps)).rejects.toThrow('step "last"');
    expect(ran()).toEqual(['second', 'third']);
  });

  it('fail when they end without an output, or cannot be started', async () => {
    await expect(run(chain('true'))).rejects.toThrow(
      'step "the second": it ended without its output work/b.',
    );
    const unknown = {
      name: 'a',
      inputs: [],
      outputs: [],
      action: { program: './no-such-program', args: [] },
    };
    await expect(run([unknown])).rejects.toThrow(/step "a": exit status 127, ".*no-such-program.*"/);
    const thrown = {
      name: 'b',
      inputs: [],
      outputs: [],
      action: () => appendFileSync(join(root, 'x/y'), ''),
    };
    await expect(run([thrown])).rejects.toThrow(/step "b": ENOENT.*\. Run the same command again/);
  });

  it('keep the standard output of a command whole or not at all', async () => {
    const stdoutPath = 'work/out.txt';
    const failing = { program: 'sh', args: ['-c', 'echo half; exit 1'], stdoutPath };
    await expect(run([{ name: 'a', inputs: [], outputs: [stdoutPath], action: failing }])).rejects.toThrow(
      'step "a"',
    );
    expect(existsSync(join(root, stdoutPath))).toBe(false);
    const action = {
      program: 'sh',
      args: ['-c', 'echo $GREETING'],
      environment: { GREETING: 'whole' },
      stdoutPath,
    };
    await run([{ name: 'a', inputs: [], outputs: [stdoutPath], action }]);
    expect(readFileSync(join(root, stdoutPath), 'utf8')).toBe('whole\n');
  });

  it('stop when the signal aborts, and resume with the step that was stopped', async () => {
    const controller = new AbortController();
    const waiting = chain('exec sleep 600');
    const stopped = run(waiting, controller.signal);
    await vi.waitFor(
      () =>
        expect(existsSync(join(root, 'ran')) && readFileSync(join(root, 'ran'), 'utf8')).toContain('second'),
      { timeout: 150_000 },
    );
    controller.abort();
    await expect(stopped).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'stopped in step "the second"',
    });
    ran();
    await run(chain());
    expect(ran()).toEqual(['second', 'third']);
  });

  it('are refused before the first runs when they do not form a graph', async () => {
    const [first, second, third] = chain() as [TrainingStep, TrainingStep, TrainingStep];
    await expect(run([first, third, second])).rejects.toThrow(
      'step "third" reads work/b, which no earlier step makes',
    );
    await expect(run([first, second, { ...third, name: 'first' }])).rejects.toThrow(
      'two steps are named "first"',
    );
    await expect(run([first, second, { ...third, outputs: ['work/a'] }])).rejects.toThrow(
      'steps "first" and "third" both make work/a',
    );
    expect(ran()).toEqual([]);
  });
});
