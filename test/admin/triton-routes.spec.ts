import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeTriton, type FakeTritonOptions } from '@pairstream/triton-testing';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { exampleRows, type PartRowRequest, requestOf } from '../support/requests/example-rows.js';
import { SmallPipeline } from '../support/pipelines/small-pipeline.js';
import {
  MessageLoad,
  readiness,
  startTritonGateway,
  type TritonGateway,
  wrongAnswers,
} from '../support/gateway/triton-gateway.js';

const PAIRS = 20;
const ROUNDS = 4;
const PATIENCE = { timeout: 150_000, interval: 20 };

const pipeline = new SmallPipeline();
let request: PartRowRequest;
beforeAll(async () => {
  request = requestOf(await exampleRows(PAIRS));
});
afterAll(() => pipeline[Symbol.dispose]());

interface Started extends AsyncDisposable {
  readonly fakes: readonly FakeTriton[];
  readonly served: TritonGateway;
  readonly admin: AdminCalls;
}

async function start(fakeCount: number, options: Partial<FakeTritonOptions> = {}): Promise<Started> {
  const stack = new AsyncDisposableStack();
  const fakes: FakeTriton[] = [];
  for (let i = 0; i < fakeCount; i += 1)
    fakes.push(stack.use(await FakeTriton.start({ models: pipeline.fakeModels(), ...options })));
  const config = { pipeline: pipeline.path, towerCacheMb: 0 };
  const served = stack.use(
    await startTritonGateway(
      fakes.map(({ target }) => target),
      config,
    ),
  );
  await served.gateway.served;
  await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
  const admin = new AdminCalls(`http://127.0.0.1:${served.gateway.adminPort}`);
  // It is enough for the gateway that one server has a model: wait for all.
  await expect
    .poll(async () => (await admin.get('/admin/v1/replicas')).text, PATIENCE)
    .not.toContain('not checked');
  return { fakes, served, admin, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function pathOf({ target }: FakeTriton, change: 'drain' | 'readmit'): string {
  return `/admin/v1/replicas/${encodeURIComponent(target)}/${change}`;
}

/** Requests for any model that a server has had. */
function requestCountOf(fake: FakeTriton): number {
  return ['a', 'b', 'c', 'd', 't', 'x', 'y'].reduce(
    (sum, model) => sum + fake.script(model).counts.requests,
    0,
  );
}

describe('replicas over HTTP', () => {
  it('are listed, drained and readmitted, and no row is lost', async () => {
    await using started = await start(2);
    const { served, admin } = started;
    const [first, second] = started.fakes as [FakeTriton, FakeTriton];
    const expected = await served.client.predict(request);
    expect(expected.rung).toBe('full');
    expect((await admin.get('/admin/v1/replicas')).json).toMatchObject({
      replicas: [first, second].map(({ target }) => ({
        target,
        state: 'serving',
        pendingRows: 0,
        models: { a: null, b: null, c: null, d: null, t: null, x: null, y: null },
      })),
    });
    const load = new MessageLoad(served.client, request, 8);
    for (let round = 0; round < ROUNDS; round += 1) {
      const fake = round % 2 === 0 ? first : second;
      await load.more(20);
      const drained = await admin.post(pathOf(fake, 'drain'));
      expect(drained).toMatchObject({ status: 200, json: { state: 'drained', pendingRows: 0 } });
      const before = requestCountOf(fake);
      await load.more(20);
      expect(requestCountOf(fake)).toBe(before);
      expect(await admin.post(pathOf(fake, 'readmit'))).toMatchObject({
        status: 200,
        json: { state: 'serving', models: { a: null, x: null } },
      });
    }
    const { answers } = await load.stop();
    expect(answers.length).toBeGreaterThan(40 * ROUNDS);
    expect(wrongAnswers(answers, expected)).toEqual([]);
  });

  it('wait for the calls in flight, at most as long as they are told', async () => {
    await using started = await start(2);
    const { served, admin } = started;
    const [first] = started.fakes as [FakeTriton, FakeTriton];
    for (const fake of started.fakes) fake.script('a').delayMs = 400;
    const before = first.script('a').counts.requests;
    const answers: ReturnType<typeof served.client.predict>[] = [];
    const sendOne = (): number => {
      answers.push(served.client.predict(request));
      return first.script('a').counts.requests;
    };
    // One batch may hold many requests, and go to the other server.
    await expect.poll(sendOne, PATIENCE).toBeGreaterThan(before);
    const impatient = await admin.post(`${pathOf(first, 'drain')}?timeoutMs=0`);
    expect(impatient).toMatchObject({ status: 200, json: { state: 'drained' } });
    const patient = await admin.post(pathOf(first, 'drain'));
    expect(patient).toMatchObject({ status: 200, json: { state: 'drained', pendingRows: 0 } });
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({ rung: 'full', rowStatus: [] });
  });

  it('stay drained if they answer their golden rows wrongly', async () => {
    await using started = await start(2);
    const { served, admin } = started;
    const [first] = started.fakes as [FakeTriton, FakeTriton];
    await admin.post(pathOf(first, 'drain'));
    const models = ['a', 'b', 'c', 'd', 't', 'x', 'y'];
    for (const model of models) first.script(model).answerFault = 'nan';
    const refused = await admin.post(pathOf(first, 'readmit'));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.json).toMatchObject({
      code: 'INVALID_MODEL',
      detail: expect.stringContaining(first.target),
    });
    expect((await admin.get('/admin/v1/replicas')).json).toMatchObject({
      replicas: [{ state: 'drained' }, {}],
    });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full', rowStatus: [] });

    for (const model of models.slice(1)) first.script(model).answerFault = 'none';
    const readmitted = await admin.post(pathOf(first, 'readmit'));
    expect(readmitted).toMatchObject({
      status: 200,
      json: { state: 'serving', models: { b: null, a: expect.stringContaining('golden.json') } },
    });
  });

  it('are not drained if no other one can answer, but with force', async () => {
    await using started = await start(2);
    const { served, admin } = started;
    const [first, second] = started.fakes as [FakeTriton, FakeTriton];
    expect((await admin.post(pathOf(first, 'drain'))).status).toBe(200);
    expect(await admin.post(pathOf(second, 'drain'))).toMatchObject({
      status: 409,
      json: { code: 'CONFLICT', detail: expect.stringContaining('only rung base_rates') },
    });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
    expect((await admin.post(`${pathOf(second, 'drain')}?force=true`)).status).toBe(200);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'base_rates', rowStatus: [] });
    expect(await readiness(served)).toContain('drained by an operator');
    expect((await admin.post(pathOf(first, 'readmit'))).status).toBe(200);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
  });

  it('stay drained when they restart', async () => {
    await using started = await start(2);
    const { admin } = started;
    const [first] = started.fakes as [FakeTriton, FakeTriton];
    await admin.post(pathOf(first, 'drain'));
    await first.die();
    await first.start();
    const before = requestCountOf(first);
    for (let i = 0; i < 10; i += 1) await started.served.client.predict(request);
    expect((await admin.get('/admin/v1/replicas')).json).toMatchObject({
      replicas: [{ state: 'drained' }, {}],
    });
    expect(requestCountOf(first) - before).toBeLessThan(10);
  });

  it('that do not exist are named', async () => {
    await using started = await start(1);
    const { target } = started.fakes[0]!;
    expect(await started.admin.post('/admin/v1/replicas/10.0.0.1%3A1/drain')).toMatchObject({
      status: 404,
      json: { code: 'NOT_FOUND', detail: `replica: "10.0.0.1:1", expected one of ${target}` },
    });
  });
});

describe('models on Triton over HTTP', () => {
  it('are unloaded and loaded on every server, and no row is lost', async () => {
    await using started = await start(2, { modelControl: 'explicit' });
    const { served, admin } = started;
    const load = new MessageLoad(served.client, request, 4);
    for (let round = 0; round < ROUNDS; round += 1) {
      await load.more(10);
      expect(await admin.post('/admin/v1/models/b/unload')).toMatchObject({
        status: 200,
        json: { state: 'unloaded' },
      });
      expect(await served.client.predict(request)).toMatchObject({ rung: 'stage2', missingMembers: ['b'] });
      await load.more(10);
      expect(await admin.post('/admin/v1/models/b/load')).toMatchObject({
        status: 200,
        json: { state: 'loaded', outage: null },
      });
      expect(await served.client.predict(request)).toMatchObject({ rung: 'full', missingMembers: [] });
    }
    const { answers } = await load.stop();
    for (const list of answers) {
      expect(list).toHaveLength(1);
      expect(list[0]).toMatchObject({ rowStatus: [], rung: expect.stringMatching(/^(full|stage2)$/) });
    }
    expect((await admin.get('/admin/v1/replicas')).text).not.toContain('unloaded');
  });

  it('stay out after a load whose golden rows are wrong', async () => {
    await using started = await start(1, { modelControl: 'explicit' });
    const { served, admin } = started;
    const [fake] = started.fakes as [FakeTriton];
    await admin.post('/admin/v1/models/b/unload');
    fake.script('b').answerFault = 'nan';
    expect(await admin.post('/admin/v1/models/b/load')).toMatchObject({
      status: 500,
      json: { code: 'INVALID_MODEL', detail: expect.stringContaining('golden.json') },
    });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'stage2', missingMembers: ['b'] });
    fake.script('b').answerFault = 'none';
    expect(await admin.post('/admin/v1/models/b/load')).toMatchObject({ status: 200 });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
  });

  it('stay loaded on servers that do not let clients unload them', async () => {
    await using started = await start(2);
    const { served, admin } = started;
    for (const change of ['load', 'unload']) {
      const refused = await admin.post(`/admin/v1/models/b/${change}`);
      expect(refused).toMatchObject({
        status: 409,
        json: {
          code: 'CONFLICT',
          field: 'model',
          detail: expect.stringMatching(
            /: model b: the server does not let clients load and unload models: start the server with --model-control-mode=explicit$/,
          ),
        },
      });
    }
    expect((await admin.get('/admin/v1/models/b')).json).toMatchObject({ state: 'loaded', outage: null });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full', missingMembers: [] });
  });

  it('are changed where a server is down, on the others', async () => {
    await using started = await start(2, { modelControl: 'explicit' });
    const { served, admin } = started;
    const [first] = started.fakes as [FakeTriton, FakeTriton];
    await first.die();
    expect((await admin.post('/admin/v1/models/b/unload')).status).toBe(200);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'stage2', missingMembers: ['b'] });
    expect((await admin.post('/admin/v1/models/b/load')).status).toBe(200);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full', missingMembers: [] });
  });
});
