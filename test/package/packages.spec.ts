import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, ROOT } from '../support/gateway/test-gateway.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { installedClosure } from './installed-closure.js';
import { INSTALL_MS, npm, pack, type Packed, requireInstall } from './npm.js';
import { EXPECTED, PROGRAMS } from './programs.js';

const PACKAGES = ['client', 'grpc-channel', 'triton-client', 'triton-testing'];
const ALLOWED =
  /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/(esm|cjs)\/.+\.(js|d\.ts)|dist\/cjs\/package\.json)$/;
/** Packages of the gateway that no client needs. */
const GATEWAY_PACKAGES =
  /node_modules\/(@nestjs\/|onnxruntime|apache-arrow|fastify|pino|prom-client|commander|@observablehq)/;
const TSC_OPTIONS =
  '--noEmit --ignoreConfig --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck false --target es2023 --types node';
const MEGABYTES_TOLERANCE = 0.5;

describe('the packages in an empty project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packages-'));
  const project = join(folder, 'project');
  let packed: readonly Packed[];
  let installed: FinishedProgram;
  let served: TestGateway;

  beforeAll(async () => {
    packed = await pack(folder, ['--workspaces']);
    mkdirSync(project);
    copyFileSync(join(import.meta.dirname, 'project-manifest.json'), join(project, 'package.json'));
    for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(project, name), text);
    const tarballs = packed.map(({ filename }) => join(folder, filename));
    installed = await npm(['install', '--ignore-scripts', '--prefer-offline', ...tarballs], project);
    served = await startTestGateway();
  }, INSTALL_MS);
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  beforeEach((context) => requireInstall(installed, context));

  /** Runs a program of Node in the project. */
  function node(args: readonly string[], cwd = project): Promise<FinishedProgram> {
    // Vitest's own variables would change the Jest and the Vitest of the project.
    const { VITEST: _vitest, NODE_ENV: _mode, FORCE_COLOR: _color, ...environment } = process.env;
    return runProgram(process.execPath, args, {
      cwd,
      env: { ...environment, NO_COLOR: '1', TARGET: served.target },
    });
  }

  const bin = (path: string): string => join(project, 'node_modules', path);

  it.each(PACKAGES)('%s holds its built files, README, CHANGELOG and LICENSE', (name) => {
    const paths = packed.find((one) => one.name === `@pairstream/${name}`)?.paths ?? [];
    expect(paths.filter((path) => !ALLOWED.test(path) || path.includes('.spec.'))).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'dist/esm/index.js',
        'dist/esm/index.d.ts',
        'dist/cjs/index.js',
        'dist/cjs/index.d.ts',
        'dist/cjs/package.json',
      ]),
    );
  });

  it.each(PACKAGES)('%s installs the packages and megabytes that its README tells', (name) => {
    const readme = readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8');
    const [, count, megabytes] = /Installed: (\d+) packages, ([\d.]+) MB/.exec(readme) ?? [];
    const closure = installedClosure(project, `@pairstream/${name}`);
    expect(closure.folders.filter((path) => GATEWAY_PACKAGES.test(path))).toEqual([]);
    expect(closure.folders).toHaveLength(Number(count));
    expect(Math.abs(closure.megabytes - Number(megabytes))).toBeLessThan(MEGABYTES_TOLERANCE);
  });

  it.each(PACKAGES)('%s runs the example of its README', async (name) => {
    const blocks = readMarkdownBlocks(join(ROOT, 'packages', name, 'README.md'));
    const textOf = (language: string): string | undefined =>
      blocks.find((block) => block.language === language)?.text;
    writeFileSync(join(project, `${name}-example.mjs`), textOf('js') ?? '');
    const ran = await node([`${name}-example.mjs`]);
    expect(ran).toEqual({ status: 0, stdout: `${textOf('text')}\n`, stderr: '' });
  });

  it.each(['esm.mjs', 'commonjs.cjs'])('run in %s', async (program) => {
    const ran = await node([program]);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toEqual(EXPECTED);
  });

  it.each([
    ['nodenext', ['--module', 'nodenext', 'typed.mts', 'typed.cts']],
    ['node16', ['--module', 'node16', 'typed.mts', 'typed.cts']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', 'bundled.ts']],
  ])('have types that check, libraries included: %s', async (_resolution, args) => {
    const checked = await node([bin('typescript/bin/tsc'), ...TSC_OPTIONS.split(' '), ...args]);
    expect(checked).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['Jest', ['jest/bin/jest.js', 'plain.test.js']],
    ['ts-jest', ['jest/bin/jest.js', '--config', 'ts-jest.config.json']],
    ['Vitest', ['vitest/vitest.mjs', 'run']],
  ])('run in %s', async (_runner, [program = '', ...args]) => {
    const ran = await node([bin(program), ...args]);
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.stdout + ran.stderr).toMatch(/Tests:? .*\b1 passed/);
  });

  it('run in a bundle of esbuild, in a folder without packages', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const options = ['--bundle', '--platform=node', `--outfile=${join(elsewhere, 'bundle.cjs')}`];
    const bundled = await runProgram(bin('.bin/esbuild'), ['bundled.ts', '--log-level=error', ...options], {
      cwd: project,
    });
    expect(bundled).toMatchObject({ status: 0 });
    const ran = await node(['bundle.cjs'], elsewhere);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toEqual(EXPECTED);
  });
});
