import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FakeModel,
  FakeTriton,
  FakeTritonError,
  type FakeTritonOptions,
} from '@pairstream/triton-testing';
import type { Config } from '../../../src/config/config.js';
import { AdminCalls } from '../../support/gateway/admin-calls.js';
import {
  MessageLoad,
  readiness,
  startTritonGateway,
  type TritonGateway,
  wrongAnswers,
} from '../../support/gateway/triton-gateway.js';
import { SmallPipeline } from '../../support/pipelines/small-pipeline.js';
import { exampleRows, type PartRowRequest, requestOf } from '../../support/requests/example-rows.js';

const PAIRS = 20;
const PATIENCE = { timeout: 30_000, interval: 20 };
const RELOADING = { tritonReload: 'on' } as const;

const pipeline = new SmallPipeline();
let request: PartRowRequest;
beforeAll(async () => {
  request = requestOf(await exampleRows(PAIRS));
});
afterAll(() => pipeline[Symbol.dispose]());

/** A fake Triton whose model b can be broken until a load repairs it. */
class SickServer {
  /** True if b fails every request. */
  isBroken = false;
  /** Number of loads of b that fail from now on. */
  failingLoads = 0;

  fake!: FakeTriton;

  static async start(options: Partial<FakeTritonOptions>): Promise<SickServer> {
    const server = new SickServer();
    const models = pipeline
      .fakeModels()
      .map((model) => (model.config.name === 'b' ? server.sick(model) : model));
    server.fake = await FakeTriton.start({ models, modelControl: 'explicit', ...options });
    return server;
  }

  private sick({ config, run }: FakeModel): FakeModel {
    return {
      config,
      load: () => {
        if (this.failingLoads > 0) {
          this.failingLoads -= 1;
          throw new Error('no memory');
        }
        this.isBroken = false;
      },
      run: (inputs, context) => {
        if (this.isBroken) throw new FakeTritonError('INTERNAL', 'its process is gone');
        return run(inputs, context);
      },
    };
  }
}

interface Started extends AsyncDisposable {
  readonly servers: readonly SickServer[];
  readonly served: TritonGateway;
}

async function start(
  count: number,
  config: Partial<Config> = {},
  options: Partial<FakeTritonOptions> = {},
): Promise<Started> {
  const stack = new AsyncDisposableStack();
  const servers: SickServer[] = [];
  for (let i = 0; i < count; i += 1) {
    servers.push(await SickServer.start(options));
    stack.use(servers[i]!.fake);
  }
  const targets = servers.map(({ fake }) => fake.target);
  const served = stack.use(
    await startTritonGateway(targets, { pipeline: pipeline.path, towerCacheMb: 0, ...config }),
  );
  await served.gateway.served;
  await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
  await expect.poll(async () => (await served.admin('/backend')).text, PATIENCE).not.toContain('not checked');
  return { servers, served, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Reason why a server gets no calls for b, as the admin page has it; null if it gets calls. */
async function outageOf({ fake }: SickServer, served: TritonGateway): Promise<string | null> {
  const { replicas } = JSON.parse((await served.admin('/backend')).text) as {
    replicas: { target: string; models: Record<string, string | null> }[];
  };
  return replicas.find(({ target }) => target === fake.target)!.models['b']!;
}

async function metric(
  { admin }: TritonGateway,
  name: string,
  { fake }: SickServer,
  rest = '',
): Promise<number> {
  const { text } = await admin('/metrics');
  const labels = `target="${fake.target}",model="b"${rest}`;
  const line = text.split('\n').find((each) => each.startsWith(`pairstream_triton_${name}{${labels}} `));
  return Number(line?.split(' ')[1] ?? 0);
}

describe('a model that fails again and again while its server says that it is ready', () => {
  it('gets no calls on that server, is reloaded there, and gets calls after its golden rows', async () => {
    await using started = await start(2, RELOADING);
    const { served } = started;
    const [sick, well] = started.servers as [SickServer, SickServer];
    const expected = await served.client.predict(request);
    const load = new MessageLoad(served.client, request, 4);
    await load.more(10);
    sick.failingLoads = 2;
    sick.isBroken = true;
    await expect.poll(() => metric(served, 'ejections_total', sick), PATIENCE).toBe(1);
    await expect.poll(() => outageOf(sick, served), PATIENCE).toMatch(/could not be reloaded: .*no memory/);
    const before = sick.fake.script('b').counts.rows;
    await load.more(20);
    expect(sick.fake.script('b').counts.rows).toBe(before);
    await expect.poll(() => metric(served, 'readmissions_total', sick), PATIENCE).toBe(1);
    expect(await outageOf(sick, served)).toBeNull();
    await expect.poll(() => sick.fake.script('b').counts.rows, PATIENCE).toBeGreaterThan(before + PAIRS);
    expect(wrongAnswers((await load.stop()).answers, expected)).toEqual([]);
    // A failed load is repeated without another unload.
    expect(sick.fake.callCount('RepositoryModelUnload')).toBe(1);
    expect(sick.fake.callCount('RepositoryModelLoad')).toBe(3);
    expect(await metric(served, 'reloads_total', sick, ',outcome="failed"')).toBe(2);
    expect(await metric(served, 'reloads_total', sick, ',outcome="ok"')).toBe(1);
    expect(well.fake.callCount('RepositoryModelUnload')).toBe(0);
  });

  it('is missing in degraded answers while no server serves it', async () => {
    await using started = await start(1, { ...RELOADING, tritonMaxFailures: 2 });
    const { served } = started;
    const [sick] = started.servers as [SickServer];
    sick.failingLoads = 1;
    sick.isBroken = true;
    const answers = [];
    // The first load fails: b is out until the second one.
    while ((await metric(served, 'reloads_total', sick, ',outcome="failed"')) === 0)
      answers.push(await served.client.predict(request));
    expect(answers[0]).toMatchObject({ rung: 'stage2', missingMembers: ['b'], rowStatus: [] });
    for (const answer of answers) expect(answer).toMatchObject({ rung: 'stage2', missingMembers: ['b'] });
    await expect.poll(() => outageOf(sick, served), PATIENCE).toBeNull();
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full', missingMembers: [] });
    expect(await metric(served, 'ejections_total', sick)).toBe(1);
  });

  it('is ejected after as many failures in a row as the setting says', async () => {
    await using started = await start(1, { tritonMaxFailures: 5 });
    const { served } = started;
    const [sick] = started.servers as [SickServer];
    const script = sick.fake.script('b');
    script.failNext(4);
    for (let i = 0; i < 4; i += 1)
      expect(await served.client.predict(request)).toMatchObject({ missingMembers: ['b'] });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
    expect(await metric(served, 'ejections_total', sick)).toBe(0);
    script.failNext(5);
    for (let i = 0; i < 4; i += 1)
      expect(await served.client.predict(request)).toMatchObject({ missingMembers: ['b'] });
    // The fifth failure ejects b. Its call waits for the readmission.
    await served.client.predict(request);
    expect(await metric(served, 'ejections_total', sick)).toBe(1);
    await expect.poll(() => metric(served, 'readmissions_total', sick), PATIENCE).toBe(1);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
    // No reload without the setting.
    expect(sick.fake.callCount('RepositoryModelUnload')).toBe(0);
  });

  it('stays loaded on a server that refuses to unload it, and is checked until it is well', async () => {
    await using started = await start(1, RELOADING, { modelControl: 'none' });
    const { served } = started;
    const [sick] = started.servers as [SickServer];
    sick.isBroken = true;
    while ((await outageOf(sick, served)) === null) await served.client.predict(request);
    await expect.poll(() => metric(served, 'reloads_total', sick, ',outcome="failed"'), PATIENCE).toBe(1);
    await expect.poll(() => outageOf(sick, served), PATIENCE).toContain('its process is gone');
    sick.isBroken = false;
    await expect.poll(() => outageOf(sick, served), PATIENCE).toBeNull();
    expect(sick.fake.callCount('RepositoryModelUnload')).toBe(1);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
  });

  it('is not loaded again when an operator unloads it', async () => {
    await using started = await start(1, RELOADING);
    const { served } = started;
    const [sick] = started.servers as [SickServer];
    const admin = new AdminCalls(`http://127.0.0.1:${served.gateway.adminPort}`);
    sick.failingLoads = 1_000;
    sick.isBroken = true;
    while ((await metric(served, 'reloads_total', sick, ',outcome="failed"')) === 0)
      await served.client.predict(request);
    expect((await admin.post('/admin/v1/models/b/unload')).status).toBe(200);
    sick.failingLoads = 0;
    const loads = sick.fake.callCount('RepositoryModelLoad');
    // Six more probes of the server: the reload would have been due in the meantime.
    const checks = sick.fake.callCount('ServerLive');
    await expect.poll(() => sick.fake.callCount('ServerLive'), PATIENCE).toBeGreaterThan(checks + 6);
    expect(sick.fake.callCount('RepositoryModelLoad')).toBe(loads);
    expect((await admin.post('/admin/v1/models/b/load')).status).toBe(200);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full', missingMembers: [] });
  });
});
