import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { ROOT, startTestGateway } from '../support/gateway/test-gateway.js';

/** A first install downloads everything the package depends on. */
const INSTALL_MS = 600_000;
/** What npm says when it cannot reach a registry. */
const NO_REGISTRY = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;
const ALLOWED =
  /^(LICENSE|README\.md|package\.json|(dist|docs\/reference|proto|pipelines|triton-models)\/.+)$/;
/** What each entry of the package may load of src/, and must not load of others. */
const ENTRIES: readonly { readonly entry: string; readonly own: RegExp; readonly others: RegExp }[] = [
  {
    entry: 'client',
    own: /^(client|channel|wire|pairs|hashing|tensor|errors)\//,
    others: /^@nestjs\/|onnx|arrow|fastify|^pino|^prom-|commander/,
  },
  {
    entry: 'triton',
    own: /^(backends\/triton\/client|channel|wire)\//,
    others: /^@nestjs\/|onnx|arrow|fastify|^pino|^prom-|commander/,
  },
  {
    entry: 'testing',
    own: /^(testing|backends\/triton\/client|channel|wire)\//,
    others: /^@nestjs\/|onnx|arrow|fastify|^pino|^prom-|commander|vitest/,
  },
];

/** A program of every type that `pairstream/triton` and `pairstream/testing` are used with. */
const TRITON_PROGRAM = `
import { FakeTriton, identityModel, type FakeModel, type ModelCounts } from 'pairstream/testing';
import { TritonClient, TritonError, toFloat16, type InferResponse, type ModelOutputs } from 'pairstream/triton';

const halves: FakeModel = {
  config: {
    name: 'halves',
    maxBatchSize: 8,
    input: [{ name: 'x', dataType: 'TYPE_FP32', dims: [2] }],
    output: [{ name: 'y', dataType: 'TYPE_FP32', dims: [2] }],
  },
  run: (inputs) => ({ y: inputs.get('x', 'FP32').data.map((value) => value / 2) }),
};
const triton = await FakeTriton.start({ models: [halves, identityModel('echo', { h: 'FP16' })] });
const client = new TritonClient({ target: triton.target });
const model = await client.model('halves');
const outputs: ModelOutputs = await model.infer({ x: Float32Array.of(1, 2, 3, 4) }, { timeoutMs: 5_000 });
const echoed: InferResponse = await client.infer({
  modelName: 'echo',
  inputs: [{ name: 'h', datatype: 'FP16', shape: [1, 1], data: toFloat16([1]) }],
});
triton.script('halves').isBusy = true;
const failure: unknown = await model.infer({ x: Float32Array.of(1, 2) }).catch((error: unknown) => error);
const counts: ModelCounts = triton.script('halves').counts;
console.log(
  JSON.stringify({
    y: Array.from(outputs['y']?.data as Float32Array),
    shape: outputs['y']?.shape,
    h: Array.from(echoed.outputs.get('h_out')?.data as Uint16Array),
    kind: failure instanceof TritonError ? failure.kind : 'none',
    counts,
  }),
);
client.close();
await triton.die();
`;

const folder = mkdtempSync(join(tmpdir(), 'package-'));
const project = join(folder, 'project');
const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
afterAll(() => rmSync(folder, { recursive: true }));

function npm(args: readonly string[], cwd: string): Promise<FinishedProgram> {
  return runProgram('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier'], { cwd });
}

/** Prints the modules that importing an entry of the package loads. */
function loadedScript(entry: string): string {
  return `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({ load: (url, context, next) => { loaded.add(url); return next(url, context); } });
await import('pairstream/${entry}');
console.log(JSON.stringify([...loaded]));
`;
}

describe('the npm package', () => {
  let files: string[];
  let installed: FinishedProgram;
  let tarball: string;
  const skipWithoutRegistry = (context: { skip: (reason: string) => void }): void => {
    const isOptional = process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1' && NO_REGISTRY.test(installed.stderr);
    if (installed.status !== 0 && isOptional) context.skip(`no npm registry: ${installed.stderr}`);
  };

  beforeAll(async () => {
    const packed = await npm(['pack', '--json', '--pack-destination', folder], ROOT);
    if (packed.status !== 0) throw new Error(packed.stderr);
    const [{ filename, files: entries }] = JSON.parse(packed.stdout) as [
      { filename: string; files: { path: string }[] },
    ];
    files = entries.map(({ path }) => path);
    tarball = join(folder, filename);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
    copyFileSync(join(ROOT, 'examples/typescript/client.ts'), join(project, 'client.ts'));
    writeFileSync(join(project, 'triton.ts'), TRITON_PROGRAM);
    installed = await npm(
      ['install', '--ignore-scripts', '--omit=dev', '--prefer-offline', tarball],
      project,
    );
  }, INSTALL_MS);

  it('holds what is needed to use it, and nothing else', () => {
    expect(files.filter((path) => !ALLOWED.test(path))).toEqual([]);
    expect(files.filter((path) => /\.(spec\.|map$|ubj$|tl$)|\.partial$|(^|\/)\./.test(path))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'proto/pairstream/v1/pair_service.proto',
        'packages/client/dist/index.js',
        'packages/client/dist/index.d.ts',
        'packages/triton-client/dist/index.d.ts',
        'packages/triton-testing/dist/index.d.ts',
        'proto/inference/grpc_service.proto',
        'proto/inference/model_config.proto',
        'dist/cli/main.js',
        'docs/reference/errors.md',
        'pipelines/recsys2021.yaml',
        'triton-models/xgb1/1/model.onnx',
      ]),
    );
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const expected = sources.filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));
    const modules = files.filter((path) => path.startsWith('dist/') && path.endsWith('.js'));
    expect(modules.map((path) => path.slice('dist/'.length, -'.js'.length)).toSorted()).toEqual(
      expected.map((path) => path.slice(0, -'.ts'.length)).toSorted(),
    );
  });

  it('installs into an empty project', (context) => {
    skipWithoutRegistry(context);
    expect(installed).toMatchObject({ status: 0 });
    expect(existsSync(join(project, 'node_modules/vitest'))).toBe(false);
  });

  it(
    'installs with install scripts, and does without what they cannot download',
    async (context) => {
      skipWithoutRegistry(context);
      const other = join(folder, 'with-scripts');
      mkdirSync(other);
      writeFileSync(join(other, 'package.json'), '{ "name": "other", "private": true, "type": "module" }\n');
      const finished = await npm(['install', '--omit=dev', '--prefer-offline', tarball], other);
      expect(finished).toMatchObject({ status: 0 });
      rmSync(join(other, 'node_modules/onnxruntime-node'), { recursive: true, force: true });
      const command = join(other, 'node_modules/.bin/pairstream');
      const env = { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}` };
      const version = await runProgram(command, ['--version'], { cwd: other, env });
      expect(version).toMatchObject({ status: 0, stdout: '0.1.0\n' });
      const part = join(ROOT, 'examples/part-00020.tsv');
      const scored = await runProgram(command, ['score', '--in', part, '--out', 'p.csv'], {
        cwd: other,
        env,
      });
      expect(scored).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(
          /^INVALID_CONFIG: ONNX Runtime, which runs models in this process, cannot be loaded .*\n$/,
        ),
      });
    },
    INSTALL_MS,
  );

  it.for<[string, string[]]>([
    ['as they come', []],
    ['with no types but Node', ['--lib', 'es2023', '--types', 'node']],
    ['by a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])(
    'has types that check, libraries included: %s',
    { timeout: INSTALL_MS },
    async ([, options], context) => {
      skipWithoutRegistry(context);
      const strict = '--strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck false';
      const args = `${strict} --noEmit --target es2023 --module nodenext`.split(' ');
      const checked = await runProgram(
        process.execPath,
        [tsc, ...args, ...options, 'client.ts', 'triton.ts'],
        {
          cwd: project,
        },
      );
      expect(checked).toEqual({ status: 0, stdout: '', stderr: '' });
      writeFileSync(
        join(project, 'wrong.ts'),
        "import { PairstreamClient } from 'pairstream/client';\nnew PairstreamClient({ target: 1 });\n",
      );
      const wrong = await runProgram(process.execPath, [tsc, ...args, ...options, 'wrong.ts'], {
        cwd: project,
      });
      expect(wrong.stdout).toContain("Type 'number' is not assignable to type 'string'");
    },
  );

  it('ranks by the commands of examples/README.md', { timeout: INSTALL_MS }, async (context) => {
    skipWithoutRegistry(context);
    const blocks = readMarkdownBlocks(join(ROOT, 'examples/README.md'));
    const [, install] = blocks.filter(
      ({ heading, language }) => heading === 'TypeScript' && language === 'bash',
    );
    const printed = blocks.find(({ heading }) => heading === 'Clients')?.text;
    await using served = await startTestGateway();
    const commands = install!.text.replaceAll('.work', folder).replaceAll('127.0.0.1:50051', served.target);
    const path = `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`;
    const ranked = await runProgram('bash', ['--norc', '-euo', 'pipefail', '-c', commands], {
      cwd: ROOT,
      env: { ...process.env, PATH: path },
    });
    expect(ranked).toMatchObject({ status: 0 });
    expect(ranked.stdout).toBe(`${printed}\n`);
  });

  it.for(ENTRIES)('loads no gateway to be $entry', async ({ entry, own, others }, context) => {
    skipWithoutRegistry(context);
    writeFileSync(join(project, 'loaded.js'), loadedScript(entry));
    const printed = await runProgram(process.execPath, ['loaded.js'], { cwd: project });
    expect(printed).toMatchObject({ status: 0 });
    const urls = JSON.parse(printed.stdout) as string[];
    const base = `${pathToFileURL(join(project, 'node_modules')).href}/`;
    const loaded = urls.filter((url) => url.startsWith(base)).map((url) => url.slice(base.length));
    const packages = new Set(loaded.map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0]));
    const modules = loaded.flatMap((path) => /^pairstream\/dist\/(.+)$/.exec(path)?.[1] ?? []);
    expect(modules.filter((path) => !own.test(path))).toEqual([]);
    expect([...packages].filter((name) => others.test(name!))).toEqual([]);
    expect(modules.length).toBeGreaterThan(5);
    expect(packages).toContain('@grpc/grpc-js');
  });

  it('runs models on a fake Triton', async (context) => {
    skipWithoutRegistry(context);
    const ran = await runProgram(process.execPath, ['triton.ts'], { cwd: project });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toEqual({
      y: [0.5, 1, 1.5, 2],
      shape: [2, 2],
      h: [0x3c00],
      kind: 'busy',
      counts: {
        requests: 2,
        rows: 3,
        answers: 1,
        failures: 0,
        rejections: 1,
        expirations: 0,
        cancels: 0,
      },
    });
  });

  it(
    'starts its own gateway and scores by the installed command',
    { timeout: INSTALL_MS },
    async (context) => {
      skipWithoutRegistry(context);
      const command = join(project, 'node_modules/.bin/pairstream');
      const out = join(folder, 'p.csv');
      const part = join(ROOT, 'examples/part-00020.tsv');
      const scored = await runProgram(command, ['score', '--in', part, '--out', out, '--json'], {
        cwd: folder,
        env: { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}` },
      });
      expect(scored).toMatchObject({ status: 0 });
      expect(JSON.parse(scored.stdout)).toMatchObject({ rowCount: 12_000, failedRowCount: 0 });
    },
  );
});
