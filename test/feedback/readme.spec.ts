import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StateFolder } from '../support/feedback/state-folder.js';
import { ROOT, startTestGateway } from '../support/gateway/test-gateway.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { runProgram } from '../support/processes/run-program.js';

const RUN_MS = 120_000;
const DOCUMENTED_TARGET = '127.0.0.1:50051';

describe('README.md, Learn while serving', () => {
  it('predicts, sends feedback, and gets another answer', { timeout: RUN_MS }, async () => {
    using state = new StateFolder();
    await using gateway = await startTestGateway({ stateDir: state.path });
    const block = readMarkdownBlocks(join(ROOT, 'README.md')).find(
      ({ heading, language }) => heading === 'Learn while serving' && language === 'ts',
    );
    // Inside the repository, so that Node finds the client.
    const folder = join(ROOT, '.work/readme-feedback');
    mkdirSync(folder, { recursive: true });
    const program = join(folder, 'learn.ts');
    writeFileSync(program, block!.text.replaceAll(DOCUMENTED_TARGET, gateway.target));
    const { status, stdout, stderr } = await runProgram(process.execPath, [program]);
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('acceptedCount: 2');
    const [, before, after] = /probability of a like: ([\d.]+), after the like ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(after)).toBeGreaterThan(Number(before));
  });
});
