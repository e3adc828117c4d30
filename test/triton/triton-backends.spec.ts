import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';
import { prepareTritonProcesses } from '../support/triton/triton-process.js';
import { PREPARE_MS, type TritonRunner } from '../support/triton/triton-server.js';

const PROGRAMS = join(ROOT, '.toolchain/triton-cpu/venv/bin');
const SOURCES = ['.', '../../test/triton', '../../test/conformance'];
const RUN_MS = 300_000;

describe('Python of docker/triton-cpu', () => {
  let triton: TritonRunner;

  beforeAll(async () => {
    triton = await prepareTritonProcesses();
  }, PREPARE_MS);

  it.for<[string, [string, ...string[]]]>([
    ['is formatted', ['ruff', 'format', '--check', '--config', 'pyproject.toml', ...SOURCES]],
    ['passes the linter', ['ruff', 'check', '--config', 'pyproject.toml', ...SOURCES]],
    ['passes strict type checks', ['mypy']],
    ['passes its own tests', ['pytest']],
  ])('%s', { timeout: RUN_MS }, async ([, [program, ...args]], context) => {
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
    const finished = await runProgram(join(PROGRAMS, program), args, {
      cwd: join(ROOT, 'docker/triton-cpu'),
    });
    expect(finished).toMatchObject({ status: 0 });
  });
});
