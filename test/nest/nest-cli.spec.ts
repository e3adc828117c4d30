import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeLines } from '../support/gateway/serve-log.js';
import { ROOT } from '../support/gateway/test-gateway.js';
import { runProgram } from '../support/processes/run-program.js';

const NEST = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
/** `nest build` deletes dist/ first, which other tests run: it gets a copy of the sources. */
const COPIED = ['src', 'packages', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
const LINKED = ['node_modules', 'proto', 'pipelines', 'triton-models'];

/** Addresses of the admin ports of all gateways in a log, oldest first. */
function adminUrls(log: string): string[] {
  return completeLines(log).flatMap((line) => (line.msg === 'serving' ? [String(line['admin'])] : []));
}

describe('the Nest command line', () => {
  const copy = mkdtempSync(join(tmpdir(), 'nest-cli-'));
  beforeAll(() => {
    for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    for (const name of LINKED) symlinkSync(join(ROOT, name), join(copy, name));
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  it('nest info lists the versions of the framework', async () => {
    const { status, stdout } = await runProgram(process.execPath, [NEST, 'info'], { cwd: copy });
    // Coloured where the environment asks for colours.
    expect([status, stripVTControlCharacters(stdout)]).toEqual([
      0,
      expect.stringMatching(/core version +: \d+\./),
    ]);
  });

  it('nest build makes a command line that runs', async () => {
    expect(await runProgram(process.execPath, [NEST, 'build'], { cwd: copy })).toMatchObject({ status: 0 });
    const program = join(copy, 'dist/cli/main.js');
    expect(await runProgram(process.execPath, [program, '--version'])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(existsSync(join(copy, 'dist/cli/serve.js'))).toBe(true);
  });

  it('nest start --watch serves, and starts again when a source changes', async () => {
    const nest = spawn(process.execPath, [NEST, 'start', '--watch'], {
      cwd: copy,
      env: { ...process.env, PAIRSTREAM_GRPC_PORT: '0', PAIRSTREAM_ADMIN_PORT: '0' },
      // A process group: `nest` does not pass SIGTERM on to the gateway.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const closed = once(nest, 'close');
    let stderr = '';
    nest.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    try {
      await expect.poll(() => adminUrls(stderr).length, { timeout: 170_000 }).toBe(1);
      expect((await fetch(`${adminUrls(stderr)[0]}/readyz`)).status).toBe(200);
      appendFileSync(join(copy, 'src/cli/serve.ts'), '// changed\n');
      await expect.poll(() => adminUrls(stderr).length, { timeout: 170_000 }).toBe(2);
      expect((await fetch(`${adminUrls(stderr)[1]}/readyz`)).status).toBe(200);
      process.kill(-nest.pid!, 'SIGTERM');
      await expect.poll(() => completeLines(stderr).at(-1)?.msg, { timeout: 150_000 }).toBe('stopped');
    } finally {
      // The watcher outlives SIGTERM.
      process.kill(-nest.pid!, 'SIGKILL');
    }
    await closed;
  }, 400_000);
});
