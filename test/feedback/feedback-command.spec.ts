import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLearningGateway } from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { EXAMPLE_FILE, type TestGateway } from '../support/gateway/test-gateway.js';
import { type CommandResult, runCommand, startCommand } from '../support/processes/cli-process.js';

const RUN_MS = 120_000;
const ALL_LINES = readFileSync(EXAMPLE_FILE, 'utf8').split('\n');
const LINES = ALL_LINES.slice(0, 500);
const LABELLED_COLUMNS = 24;
const UNLABELLED_COLUMNS = 20;

describe('pairstream feedback', () => {
  const state = new StateFolder();
  const files = new StateFolder();
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startLearningGateway(state.path);
  }, RUN_MS);
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    state[Symbol.dispose]();
    files[Symbol.dispose]();
  });

  function writeLines(name: string, lines: readonly string[]): string {
    const path = join(files.path, name);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  function feedback(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(['feedback', '--target', gateway.target, ...args]);
  }

  function countsOf({ stdout }: CommandResult): Record<string, unknown> {
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('sends a file, and a second time as duplicates', { timeout: RUN_MS }, async () => {
    const path = writeLines('rows.tsv', LINES);
    const first = await feedback('--in', path, '--json');
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    const counts = countsOf(first);
    expect(counts).toMatchObject({ rowCount: 500, failedRowCount: 0, refusedCount: 0, tooOldCount: 0 });
    expect(counts['eventCount']).toBeGreaterThan(500);
    const again = await feedback('--in', path, '--batch-size', '70');
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toMatch(
      /^(\d+) events of 500 rows in .*: 0 accepted, \1 duplicates, 0 too old, 0 refused\n$/,
    );
    expect(again.stdout).toContain(`${String(counts['eventCount'])} events`);
  });

  it(
    'counts events that are older than the statistics of the release as too old',
    { timeout: RUN_MS },
    async () => {
      const path = writeLines('old.tsv', ALL_LINES.slice(500, 503));
      const result = await feedback('--in', path, '--as-of', '1614000000', '--json');
      expect(result.exitCode).toBe(0);
      expect(countsOf(result)).toMatchObject({ acceptedCount: 0, refusedCount: 0 });
      expect(countsOf(result)['tooOldCount']).toBe(countsOf(result)['eventCount']);
    },
  );

  it('ends with 1 and the reasons if the gateway refuses events', { timeout: RUN_MS }, async () => {
    const path = writeLines('future.tsv', LINES.slice(10, 13));
    const result = await feedback('--in', path, '--as-of', '4000000000');
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/^\d+ x INVALID_EVENT, the first: time_s/m);
  });

  it(
    'refuses a file without labels, and rows out of order, with their place',
    { timeout: RUN_MS },
    async () => {
      const unlabelled = LINES.slice(0, 2).map((line) =>
        line.split('\x01').slice(0, UNLABELLED_COLUMNS).join('\x01'),
      );
      const path = writeLines('unlabelled.tsv', unlabelled);
      const noLabels = await feedback('--in', path);
      expect(noLabels.exitCode).toBe(1);
      expect(noLabels.stderr).toContain(
        `${path}, line 1: ${UNLABELLED_COLUMNS} columns, expected ${LABELLED_COLUMNS} with labels`,
      );
      const reversed = await feedback('--in', writeLines('reversed.tsv', [LINES[400]!, LINES[0]!]));
      expect(reversed.exitCode).toBe(1);
      expect(reversed.stderr).toMatch(/row 2: tweet time \d+ follows \d+ .*expected rows in ascending order/);
    },
  );

  it('leaves bad rows out and lists them, if told', { timeout: RUN_MS }, async () => {
    const path = writeLines('bad.tsv', [LINES[20]!, 'no row', LINES[21]!]);
    const running = await runCommand([
      'feedback',
      '--target',
      gateway.target,
      '--in',
      path,
      '--bad-rows',
      'skip',
      '--json',
    ]);
    expect(running.exitCode).toBe(0);
    expect(countsOf(running)).toMatchObject({ rowCount: 2, badRowCount: 1 });
    rmSync('feedback.bad-rows.tsv');
  });

  it('stops at Ctrl-C with 130, and says how to go on', { timeout: RUN_MS }, async () => {
    const path = writeLines('paced.tsv', LINES.slice(100));
    const running = startCommand(['feedback', '--target', gateway.target, '--in', path, '--speed', '1x']);
    const before = (await gateway.client.getServerInfo()).feedback;
    await expect
      .poll(async () => (await gateway.client.getServerInfo()).feedback.duplicateCount, { timeout: RUN_MS })
      .toBeGreaterThan(before.duplicateCount);
    running.process.kill('SIGINT');
    const { exitCode, stderr } = await running.finished;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('send the files again to send the rest');
  });

  it('says which setting is missing if the gateway takes no feedback', { timeout: RUN_MS }, async () => {
    await using deaf = await startLearningGateway('');
    const path = writeLines('deaf.tsv', LINES.slice(0, 3));
    const result = await runCommand(['feedback', '--target', deaf.target, '--in', path]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/FEEDBACK_OFF.*PAIRSTREAM_STATE_DIR/);
  });

  it.each([
    [['--speed', 'fast'], 'expected max'],
    [['--as-of', 'yesterday'], 'expected Unix seconds, or now'],
    [['--batch-size', '0'], '--batch-size is 0, expected 1 or more'],
  ])('refuses %j', async (args, message) => {
    const result = await feedback('--in', EXAMPLE_FILE, ...args);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(message);
  });
});
