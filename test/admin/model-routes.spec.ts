import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { exampleRows, type PartRowRequest, requestOf } from '../support/requests/example-rows.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { MessageLoad } from '../support/gateway/triton-gateway.js';

const PAIRS = 20;
const ROUNDS = 5;
const TARGETS = ['reply', 'retweet', 'quote', 'like'] as const;

describe('models of the embedded backend over HTTP', () => {
  let gateway: TestGateway;
  let admin: AdminCalls;
  let request: PartRowRequest;

  beforeAll(async () => {
    request = requestOf(await exampleRows(PAIRS));
    gateway = await startTestGateway({ towerCacheMb: 0 });
    admin = new AdminCalls(gateway.adminUrl);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('are listed with version, hash, engine, state and tensors', async () => {
    const { status, json } = await admin.get('/admin/v1/models');
    expect(status).toBe(200);
    const expected = gateway.release.models.map(
      ({ name, version, contentSha256, loadMs, memoryBytes, inputs, outputs }) => ({
        name,
        version,
        contentSha256,
        engine: name.startsWith('xgb') ? 'forest' : 'onnxruntime',
        loadMs,
        memoryBytes: memoryBytes ?? null,
        state: 'loaded',
        outage: null,
        inputs,
        outputs,
      }),
    );
    expect(json).toEqual({ models: expected });
    expect((await admin.get('/admin/v1/models/xgb1')).json).toEqual(expected[0]);
    const metrics = await admin.get('/metrics');
    expect(metrics.text).toContain('pairstream_model_info{model="xgb1",version="1",engine="forest"} 1\n');
    expect(metrics.text).toContain('pairstream_model_load_seconds{model="nn1"} ');
    expect(metrics.text).toMatch(/^pairstream_model_memory_bytes\{model="xgb1"\} [1-9]\d*$/m);
    expect(metrics.text).not.toContain('pairstream_model_memory_bytes{model="nn1"}');
    expect(metrics.text).toContain('pairstream_forest_waiting_walks 0');
  });

  it('count as missing while they are unloaded, and answer as before after a load', async () => {
    const before = await gateway.client.predict(request);
    expect(before).toMatchObject({ rung: 'full', missingMembers: [] });
    const unloaded = await admin.post('/admin/v1/models/xgb1/unload');
    expect(unloaded).toMatchObject({
      status: 200,
      json: { name: 'xgb1', state: 'unloaded', outage: 'model xgb1: unloaded by an operator' },
    });
    expect((await admin.get('/metrics')).text).not.toContain('pairstream_model_info{model="xgb1"');
    const without = await gateway.client.predict(request);
    expect(without).toMatchObject({ rung: 'stage2', missingMembers: ['xgb1'], rowStatus: [] });
    expect((await admin.get('/readyz')).text).toContain('"degraded":"rung stage2, missing xgb1"');
    expect((await admin.get('/admin/v1/info')).json).toMatchObject({
      isReady: true,
      degraded: 'rung stage2, missing xgb1',
    });
    expect(await admin.post('/admin/v1/models/xgb1/unload')).toMatchObject({ status: 200 });

    const loaded = await admin.post('/admin/v1/models/xgb1/load');
    expect(loaded).toMatchObject({ status: 200, json: { state: 'loaded', outage: null } });
    const after = await gateway.client.predict(request);
    expect(after).toMatchObject({ rung: 'full', missingMembers: [] });
    for (const target of TARGETS) expect(after[target]).toEqual(before[target]);
  });

  it('lose no row while they are unloaded and loaded under load', async () => {
    const load = new MessageLoad(gateway.client, request, 4);
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(await admin.post('/admin/v1/models/xgb2/unload')).toMatchObject({ status: 200 });
      await load.more(2);
      expect(await admin.post('/admin/v1/models/xgb2/load')).toMatchObject({ status: 200 });
      // A loaded model is loaded anew.
      expect(await admin.post('/admin/v1/models/xgb1/load')).toMatchObject({ status: 200 });
      await load.more(2);
    }
    const { answers } = await load.stop();
    expect(answers.length).toBeGreaterThan(4 * ROUNDS);
    for (const list of answers) {
      expect(list).toHaveLength(1);
      expect(list[0]).toMatchObject({ rowStatus: [], rung: expect.stringMatching(/^(full|stage2)$/) });
    }
    const rungs = new Set(answers.flat().map((answer) => ('rung' in answer ? answer.rung : '')));
    expect([...rungs].toSorted()).toEqual(['full', 'stage2']);
  });
});

describe('an unload that leaves no model to answer', () => {
  it('is refused, and done with force', async () => {
    using pipeline = new SmallPipeline();
    await using gateway = await startTestGateway(
      { pipeline: pipeline.path, towerCacheMb: 0 },
      { backend: new SmallBackend() },
    );
    const admin = new AdminCalls(gateway.adminUrl);
    const request = requestOf(await exampleRows(PAIRS));
    for (const model of ['x', 'b', 'c', 't'])
      expect(await admin.post(`/admin/v1/models/${model}/unload`)).toMatchObject({ status: 200 });
    expect(await gateway.client.predict(request)).toMatchObject({ rung: 'a_alone' });
    expect(await admin.post('/admin/v1/models/a/unload')).toMatchObject({
      status: 409,
      contentType: expect.stringContaining('application/problem+json'),
      json: {
        code: 'CONFLICT',
        field: 'force',
        detail:
          'unload of a would leave only rung base_rates to answer requests: repeat with force to do it all the same',
      },
    });
    expect(await gateway.client.predict(request)).toMatchObject({ rung: 'a_alone' });
    expect(await admin.post('/admin/v1/models/a/unload?force=true')).toMatchObject({ status: 200 });
    expect(await gateway.client.predict(request)).toMatchObject({ rung: 'base_rates', rowStatus: [] });
    expect((await admin.get('/readyz')).status).toBe(503);
    for (const model of ['x', 'b', 'c', 't', 'a'])
      expect(await admin.post(`/admin/v1/models/${model}/load`)).toMatchObject({ status: 200 });
    expect(await gateway.client.predict(request)).toMatchObject({ rung: 'full', missingMembers: [] });
    expect((await admin.get('/readyz')).status).toBe(200);
  });
});
