import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { EXAMPLE_FILE, ROOT } from '../support/gateway/test-gateway.js';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { INSTALL_MS, npm, pack, requireInstall } from './npm.js';

const ALLOWED =
  /^(LICENSE|README\.md|package\.json|(dist|docs\/reference|proto|pipelines|triton-models|node_modules)\/.+)$/;
/** What the package leaves out: sources of the repository's commands, tests, maps, training files, hidden files. */
const LEFT_OUT =
  /^dist\/(cli\/)?offline\/|\.spec\.|\.partial$|^(?!node_modules).*(\.map|\.tl)$|^(?!node_modules)(.*\/)?\./;
const REPOSITORY_COMMANDS = ['generate', 'replay', 'evaluate', 'bench', 'reference'];

describe('the gateway, installed with npm install --global', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-package-'));
  const prefix = join(folder, 'prefix');
  const command = join(prefix, 'bin/pairstream');
  const environment = {
    ...process.env,
    PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
  };
  let paths: readonly string[];
  let installed: FinishedProgram;

  beforeAll(async () => {
    const [gateway] = await pack(folder);
    paths = gateway?.paths ?? [];
    // The folder has no .npmrc. The install script of onnxruntime-node would download libraries for CUDA.
    const args = ['install', '--global', '--prefix', prefix, '--prefer-offline'];
    installed = await npm([...args, join(folder, gateway?.filename ?? '')], folder, {
      ONNXRUNTIME_NODE_INSTALL: 'skip',
    });
  }, INSTALL_MS);
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach((context) => requireInstall(installed, context));

  const run = (...args: readonly string[]): Promise<FinishedProgram> =>
    runProgram(command, args, { cwd: folder, env: environment });

  it('holds the files that serving needs, and nothing else', () => {
    expect(paths.filter((path) => !ALLOWED.test(path) || LEFT_OUT.test(path))).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'proto/pairstream/v1/pair_service.proto',
        'node_modules/@pairstream/client/dist/esm/index.js',
        'node_modules/@pairstream/triton-client/dist/esm/index.js',
        'node_modules/@pairstream/grpc-channel/dist/esm/index.js',
        'docs/reference/errors.md',
        'pipelines/recsys2021.yaml',
        'triton-models/xgb1/1/xgboost.ubj',
        'triton-models/nn1/1/model.onnx',
      ]),
    );
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const shipped = sources.filter(
      (path) =>
        // The kernel of forests is compiled into a module.
        /^(?!(cli\/)?offline\/|backends\/forest\/assembly\/).*\.ts$/.test(path) &&
        !/\.(spec|d)\.ts$/.test(path),
    );
    const modules = paths.filter((path) => path.startsWith('dist/') && path.endsWith('.js'));
    expect(modules.map((path) => path.slice('dist/'.length, -'.js'.length)).toSorted()).toEqual(
      shipped.map((path) => path.slice(0, -'.ts'.length)).toSorted(),
    );
  });

  it('tells its version, and the commands that it has', async () => {
    expect(await run('--version')).toMatchObject({ status: 0, stdout: '0.1.0\n' });
    const help = await run('--help');
    expect(help.status).toBe(0);
    expect(help.stdout).toMatch(/^ {2}serve /m);
    expect(help.stdout).not.toMatch(new RegExp(`^ {2}(${REPOSITORY_COMMANDS.join('|')}) `, 'm'));
  });

  it.each(REPOSITORY_COMMANDS)('says in one line that %s is a command of the repository', async (name) => {
    const expected = `INVALID_CONFIG: ${name} is a command of the Pairstream repository, not of the installed package; run ./pairstream in a clone of the repository\n`;
    const ran = await run(name, 'x', '--out', 'y', '--help');
    expect(ran).toEqual({ status: 2, stdout: '', stderr: expected });
  });

  it('scores a file by a gateway of its own', async () => {
    const scored = await run('score', '--in', EXAMPLE_FILE, '--out', join(folder, 'p.csv'), '--json');
    expect(scored).toMatchObject({ status: 0 });
    expect(JSON.parse(scored.stdout)).toMatchObject({ rowCount: 12_000, failedRowCount: 0 });
  });

  it('serves', async () => {
    const home = join(folder, 'serve');
    mkdirSync(home);
    const ports = { PAIRSTREAM_GRPC_PORT: '0', PAIRSTREAM_ADMIN_PORT: '0' };
    const child = spawn(command, ['serve'], {
      cwd: home,
      env: { ...environment, ...ports },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'close');
    let target: string | undefined;
    for await (const line of createInterface({ input: child.stderr })) {
      target = /"grpc":"([^"]+)"/.exec(line)?.[1];
      if (target !== undefined) break;
    }
    const client = new PairstreamClient({ target: target ?? 'no.gateway.invalid:1' });
    const { releaseId } = await client.getServerInfo();
    expect(releaseId).toMatch(/^[0-9a-f]{16}$/);
    client.close();
    child.stderr.resume();
    child.kill('SIGTERM');
    const [code] = await ended;
    expect(code).toBe(0);
  });
});
