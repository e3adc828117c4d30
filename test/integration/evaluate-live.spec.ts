import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXAMPLE_FILE } from '../support/gateway/test-gateway.js';
import { runCommand, startCommand } from '../support/processes/cli-process.js';

const RUN_MS = 300_000;
const POLL_MS = 20;

/** A folder for temporary files of a command. */
async function ownTmp(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evaluate-live-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('pairstream evaluate-live', () => {
  it(
    'finds that a gateway that learns predicts as the offline evaluation does',
    { timeout: RUN_MS },
    async () => {
      const folder = await ownTmp();
      const args = ['evaluate-live', '--pairs', '2000', '--resamples', '20', '--json'];
      const { exitCode, stdout, stderr } = await runCommand(args, { TMPDIR: folder });
      expect([exitCode, stderr]).toEqual([0, '']);
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({
        rowCount: 2_000,
        events: { acceptedCount: expect.any(Number), duplicateCount: 0, tooOldCount: 0 },
      });
      expect(report.events.acceptedCount).toBeGreaterThan(2_000);
      // A row sees no event of the rows of its own request, which is all that differs.
      expect(Math.abs(report.liveMinusPrequential.rce.value)).toBeLessThan(0.1);
      expect(report.live.meanRce.value).toBeGreaterThan(15);
      expect(report.liveMinusWithoutFeedback.rce.value).not.toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('leaves no folder behind when it is interrupted', { timeout: RUN_MS }, async () => {
    const folder = await ownTmp();
    const command = startCommand(['evaluate-live', '--pairs', '2000'], { TMPDIR: folder });
    while (readdirSync(folder).length === 0) {
      expect(command.process.exitCode).toBeNull();
      await sleep(POLL_MS);
    }
    command.process.kill('SIGINT');
    const { exitCode, stderr } = await command.finished;
    expect([exitCode, stderr]).toEqual([130, 'interrupted\n']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [['--batch-size', '0'], '--batch-size is 0, expected 1 or more'],
    [['--in', 'missing'], 'missing'],
    [['--in', '-'], '--in - can be read only once, expected files'],
  ])('refuses %j', { timeout: RUN_MS }, async (args, problem) => {
    const { exitCode, stderr } = await runCommand(['evaluate-live', ...args]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(problem);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it(
    'leaves out invalid lines in each of its readings, and lists them once',
    { timeout: RUN_MS },
    async () => {
      const folder = await ownTmp();
      const path = join(folder, 'part-1.tsv');
      const told = join(folder, 'bad.tsv');
      const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 400);
      writeFileSync(path, `${lines.with(7, 'no row').with(300, '').join('\n')}\n`);
      const args = ['evaluate-live', '--in', path, '--resamples', '2', '--bad-rows-out', told];
      const problem = `${path}, line 8: no Ctrl-A in it`;
      expect(await runCommand(args)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(problem) });
      const { exitCode, stdout, stderr } = await runCommand([...args, '--bad-rows', 'skip', '--json']);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toMatchObject({ rowCount: 398, badRowCount: 2 });
      expect(readFileSync(told, 'utf8').match(/, line \d+/g)).toEqual([', line 8', ', line 301']);
    },
  );

  it('refuses an input without rows', { timeout: RUN_MS }, async () => {
    const folder = await ownTmp();
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { exitCode, stderr } = await runCommand(['evaluate-live', '--in', empty]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(empty);
  });
});
