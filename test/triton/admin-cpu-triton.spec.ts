import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { ROOT } from '../support/gateway/test-gateway.js';
import { farthest, MessageLoad, startTritonGateway } from '../support/gateway/triton-gateway.js';
import { TWO_MODEL_FOLDERS, writeTwoModelLadder } from '../support/pipelines/cut-pipeline.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { prepareTriton } from '../support/triton/triton.js';
import { PREPARE_MS, type TritonRunner } from '../support/triton/triton-server.js';

const REPOSITORY = join(ROOT, 'triton-models');
const LONG_MS = 240_000;
const PAIRS = 50;
const TOLERANCE = 1e-6;
const LOAD_FLAGS = TWO_MODEL_FOLDERS.map((name) => `--load-model=${name}`);

describe('admin routes of a gateway on a Triton on a CPU', () => {
  const folder = mkdtempSync(join(tmpdir(), 'admin-triton-'));
  let triton: TritonRunner;

  beforeAll(async () => {
    triton = await prepareTriton();
  }, PREPARE_MS);
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach((context) => {
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
  });

  it('unload and load a model, drain and readmit the server', { timeout: LONG_MS }, async () => {
    await using server = await triton.start({
      repositories: [REPOSITORY],
      modelControl: 'explicit',
      flags: LOAD_FLAGS,
    });
    const pipeline = writeTwoModelLadder(folder);
    await using served = await startTritonGateway([server.grpcTarget], { pipeline, towerCacheMb: 0 });
    await served.gateway.served;
    const admin = new AdminCalls(`http://127.0.0.1:${served.gateway.adminPort}`);
    const request = requestOf(await exampleRows(PAIRS));
    const expected = await served.client.predict(request);
    expect(expected).toMatchObject({ rung: 'full', rowStatus: [] });

    const load = new MessageLoad(served.client, request, 2);
    expect(await admin.post('/admin/v1/models/nn1/unload')).toMatchObject({
      status: 200,
      json: { name: 'nn1', state: 'unloaded' },
    });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'either', missingMembers: ['nn1'] });
    await load.more(5);
    expect(await admin.post('/admin/v1/models/nn1/load')).toMatchObject({
      status: 200,
      json: { name: 'nn1', state: 'loaded', outage: null },
    });
    const again = await served.client.predict(request);
    expect(again.rung).toBe('full');
    expect(farthest(again, expected)).toBeLessThan(TOLERANCE);
    const { answers } = await load.stop();
    for (const list of answers) expect(list).toMatchObject([{ rowStatus: [] }]);

    const path = `/admin/v1/replicas/${encodeURIComponent(server.grpcTarget)}`;
    expect((await admin.post(`${path}/drain`)).status).toBe(409);
    expect(await admin.post(`${path}/drain?force=true`)).toMatchObject({
      status: 200,
      json: { state: 'drained', pendingRows: 0 },
    });
    expect(await served.client.predict(request)).toMatchObject({ rung: 'base_rates', rowStatus: [] });
    expect(await admin.post(`${path}/readmit`)).toMatchObject({
      status: 200,
      json: { state: 'serving', models: { xgb1: null, nn1: null, nn1_tweet: null } },
    });
    expect(farthest(await served.client.predict(request), expected)).toBeLessThan(TOLERANCE);
  });

  it('say that a server without explicit model control refuses', { timeout: LONG_MS }, async () => {
    await using server = await triton.start({ repositories: [REPOSITORY] });
    const pipeline = writeTwoModelLadder(folder);
    await using served = await startTritonGateway([server.grpcTarget], { pipeline });
    await served.gateway.served;
    const admin = new AdminCalls(`http://127.0.0.1:${served.gateway.adminPort}`);
    expect(await admin.post('/admin/v1/models/nn1/unload')).toMatchObject({
      status: 409,
      json: { code: 'CONFLICT', detail: expect.stringContaining('--model-control-mode=explicit') },
    });
    expect((await admin.get('/admin/v1/models/nn1')).json).toMatchObject({ state: 'loaded', outage: null });
  });
});
