import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeTriton } from '@pairstream/triton-testing';
import { createProgram } from '../../src/cli/program.js';
import { reportError } from '../../src/cli/report-error.js';
import { type CommandResult, runCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { readiness, startTritonGateway, type TritonGateway } from '../support/gateway/triton-gateway.js';

const PATIENCE = { timeout: 150_000, interval: 20 };

/** Runs a command in this process: a process of its own takes seconds to start. */
async function runHere(args: readonly string[]): Promise<CommandResult> {
  const written = { stdout: '', stderr: '' };
  const keep = (stream: 'stdout' | 'stderr') => (text: unknown) => {
    written[stream] += `${String(text)}\n`;
  };
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(keep('stdout')),
    vi.spyOn(console, 'error').mockImplementation(keep('stderr')),
  ];
  let exitCode = 0;
  try {
    const program = await createProgram('0.0.0', args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = reportError(error, args);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { exitCode, ...written };
}

describe('pairstream admin', () => {
  const stack = new AsyncDisposableStack();
  const pipeline = stack.use(new SmallPipeline());
  let fake: FakeTriton;
  let served: TritonGateway;
  let url: string;

  beforeAll(async () => {
    fake = stack.use(await FakeTriton.start({ models: pipeline.fakeModels(), modelControl: 'explicit' }));
    served = stack.use(await startTritonGateway([fake.target], { pipeline: pipeline.path, towerCacheMb: 0 }));
    await served.gateway.served;
    await vi.waitUntil(async () => (await readiness(served)) === undefined, PATIENCE);
    url = `http://127.0.0.1:${served.gateway.adminPort}`;
  });
  afterAll(() => stack.disposeAsync());

  async function admin(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runHere(['admin', ...args, '--url', url]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout;
  }

  async function adminJson(...args: string[]): Promise<unknown> {
    const stdout = await admin(...args, '--json');
    expect(stdout.trimEnd()).not.toContain('\n');
    return JSON.parse(stdout);
  }

  it('runs as a process', async () => {
    expect(await runCommand(['admin', 'models', 'show', 'a', '--url', url, '--json'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\{"name":"a",.*\}\n$/),
      stderr: '',
    });
  });

  it('prints info, settings and the level of the log', async () => {
    const info = await admin('info');
    expect(info).toMatch(/^backend +triton$/m);
    expect(info).toMatch(/^pipeline +small$/m);
    expect(info).toMatch(/^ready +yes$/m);
    expect(await adminJson('info')).toMatchObject({ backend: 'triton', isReady: true });
    expect(await admin('config')).toMatch(/^PAIRSTREAM_GRPC_PORT +0 +command$/m);
    expect(await admin('log-level')).toBe('level  silent\n');
    expect(await adminJson('log-level', 'error')).toEqual({ level: 'error' });
    expect(await adminJson('log-level', 'silent')).toEqual({ level: 'silent' });
  });

  it('lists, unloads and loads models', async () => {
    expect(await admin('models')).toMatch(/^a +1 +triton +- +- +loaded +-$/m);
    const shown = await admin('models', 'show', 'd');
    expect(shown).toMatch(/^input +in FP32 \[-1, 1\]$/m);
    expect(shown).toMatch(/^engine +triton$/m);
    expect(await admin('models', 'unload', 'b')).toMatch(
      /^b +1 +triton +- +- +unloaded +model b: unloaded by an operator$/m,
    );
    const request = requestOf(await exampleRows(3));
    expect(await served.client.predict(request)).toMatchObject({ rung: 'stage2', missingMembers: ['b'] });
    expect(await adminJson('models', 'load', 'b')).toMatchObject({ name: 'b', state: 'loaded' });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
  });

  it('lists, drains and readmits replicas', async () => {
    expect(await admin('replicas')).toContain(fake.target);
    const refused = await runHere(['admin', 'replicas', 'drain', fake.target, '--url', url]);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^CONFLICT: drain of .* would leave only rung base_rates .*\n$/);
    expect(await adminJson('replicas', 'drain', fake.target, '--force', '--wait-ms', '50')).toMatchObject({
      state: 'drained',
    });
    expect(await admin('replicas', 'readmit', fake.target)).toMatch(/ serving /);
  });

  it('prints statistics and the counters of a key', async () => {
    expect(await admin('statistics')).toMatch(/^tweet_type +3 +0\.047 +0\.01 +2021-/m);
    expect(await admin('statistics', 'show', 'tweet_type')).toContain('components: tweet type');
    expect(await admin('statistics', 'lookup', 'tweet_type', 'tweet type=Retweet')).toMatch(
      /^long +\d+\.\d+( +\d+\.\d+){4}$/m,
    );
    const key = await adminJson(
      'statistics',
      'lookup',
      'tweet_type',
      'tweet type=Retweet',
      '--as-of',
      '1614200000',
    );
    expect(key).toMatchObject({ table: 'tweet_type', isFound: true, asOfS: 1_614_200_000 });
  });

  it('lists and closes streams', async () => {
    expect(await admin('streams')).toContain('0 open');
    const closed = await runHere(['admin', 'streams', 'close', '7', '--url', url, '--json']);
    expect(closed.exitCode).toBe(1);
    expect(JSON.parse(closed.stdout)).toEqual({
      error: { code: 'NOT_FOUND', message: 'NOT_FOUND: stream: 7 is not open', field: 'stream' },
    });
  });

  it('drains the gateway', async () => {
    expect(await admin('drain', '--status')).toMatch(/^state +serving$/m);
    expect(await adminJson('drain')).toMatchObject({ startedAt: expect.stringMatching(/^2/) });
    await expect
      .poll(() => adminJson('drain', '--status'), PATIENCE)
      .toMatchObject({ state: 'drained', inFlightPairs: 0 });
    expect(await admin('info')).toMatch(/^ready +no: draining$/m);
  });
});

describe('pairstream admin without the gateway that it expects', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url?.endsWith('/info') === true) return;
      response.setHeader('content-type', 'text/html').end('<h1>Other</h1>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each<[string, string[], number, RegExp]>([
    [
      'ftp://127.0.0.1',
      ['info'],
      2,
      /^INVALID_CONFIG: --url is "ftp:\/\/127\.0\.0\.1", expected an HTTP URL, .*\n$/,
    ],
    [
      'http://127.0.0.1:9',
      ['models'],
      1,
      /^no gateway answers at http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)\n$/,
    ],
  ])('says so of %s', async (wrong, args, expectedCode, message) => {
    const { exitCode, stdout, stderr } = await runHere(['admin', ...args, '--url', wrong]);
    expect({ exitCode, stdout }).toEqual({ exitCode: expectedCode, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('says so where nothing listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const { exitCode, stderr } = await runHere(['admin', 'info', '--url', `http://127.0.0.1:${port}`]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `no gateway answers at http://127.0.0.1:${port} (ECONNREFUSED)\n`,
    });
  });

  it('waits for an answer no longer than it is told', async () => {
    const { exitCode, stderr } = await runHere(['admin', 'info', '--url', url, '--timeout-ms', '200']);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`${url}/admin/v1/info: no answer within 200 ms\n`);
  });

  it('knows the answer of another server', async () => {
    const { exitCode, stderr } = await runHere(['admin', 'models', '--url', url]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^http.*: an answer that this version does not know: .*\n$/);
  });

  it.each([
    [['statistics', 'lookup', 'tweet_type', 'Retweet'], 'expected component=value'],
    [['info', '--timeout-ms', '0'], 'expected 1 to 3600000'],
    [['models', 'unload'], "missing required argument 'model'"],
  ])('is refused as %j', async (args, message) => {
    const { exitCode, stderr } = await runCommand(['admin', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
