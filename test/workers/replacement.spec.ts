import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { exampleRows, type PartRowRequest, requestOf } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

const WORKER_COUNT = 2;
const START_MS = 180_000;
const ROUNDS = 10;

let gateway: ThreadedGateway;
let request: PartRowRequest;

beforeAll(async () => {
  request = requestOf(await exampleRows(1));
  gateway = await ThreadedGateway.start(WORKER_COUNT, { PAIRSTREAM_ONNX_THREADS: '1' });
}, START_MS);
afterAll(() => gateway[Symbol.asyncDispose](), START_MS);

async function change(model: string, kind: 'load' | 'unload'): Promise<number> {
  return (await gateway.admin.post(`/admin/v1/models/${model}/${kind}`)).status;
}

/** Missing models of an answer of each worker. */
async function missingModels(): Promise<readonly (readonly string[])[]> {
  const clients = await gateway.clientOfEach(WORKER_COUNT);
  const answers = await Promise.all(clients.map((client) => client.predict(request)));
  for (const client of clients) client.close();
  return answers.map(({ missingMembers }) => missingMembers);
}

describe('while a worker thread is being replaced', () => {
  it.each<{
    name: string;
    before: ('load' | 'unload')[];
    meanwhile: ('load' | 'unload')[];
    missing: string[];
  }>([
    { name: 'unloads a model', before: [], meanwhile: ['unload'], missing: ['nn1'] },
    { name: 'loads a model', before: ['unload'], meanwhile: ['load'], missing: [] },
    { name: 'unloads and loads a model', before: [], meanwhile: ['unload', 'load'], missing: [] },
  ])('$name on every worker', { timeout: START_MS }, async ({ before, meanwhile, missing }) => {
    for (const kind of before) expect(await change('nn1', kind)).toBe(200);
    await gateway.crashAndHold(0);
    for (const kind of meanwhile) expect(await change('nn1', kind)).toBe(200);
    await gateway.release(0);
    expect(await missingModels()).toEqual([missing, missing]);
    expect(await change('nn1', 'load')).toBe(200);
  });

  it('sends every new connection to a worker that serves', { timeout: START_MS }, async () => {
    await gateway.crashAndHold(0);
    const released = gateway.release(0);
    do {
      const client = new PairstreamClient({ target: gateway.target });
      const { rung } = await client.predict(request).finally(() => client.close());
      expect(rung).toBe('full');
    } while ((await gateway.metric('pairstream_workers')) < WORKER_COUNT);
    await released;
  });
});

describe('while no worker thread runs', () => {
  beforeAll(async () => {
    for (const index of [0, 1]) await gateway.crashAndHold(index);
  }, START_MS);
  afterAll(async () => {
    for (const index of [0, 1]) await gateway.release(index);
  }, START_MS);

  it.each([
    ['get', '/admin/v1/models'],
    ['post', '/admin/v1/models/nn1/unload'],
    ['post', '/admin/v1/models/nn1/load'],
    ['get', '/admin/v1/drain'],
    ['post', '/admin/v1/drain'],
  ] as const)('%s %s: try again', async (method, path) => {
    const { status, json } = await gateway.admin[method](path);
    const detail: unknown = expect.stringContaining('try again');
    expect({ status, json }).toMatchObject({ status: 503, json: { detail } });
  });
});

it('keeps the workers alike when two operators change a model at once', { timeout: START_MS }, async () => {
  if ((await gateway.metric('pairstream_workers')) === 0)
    for (const index of [0, 1]) await gateway.release(index);
  for (let round = 0; round < ROUNDS; round += 1)
    expect(await Promise.all([change('nn1', 'unload'), change('nn1', 'load')])).toEqual([200, 200]);
  const [first, second] = await missingModels();
  expect(first).toEqual(second);
});

it('ends at SIGTERM while a worker starts', { timeout: START_MS }, async () => {
  await gateway.crashAndHold(1);
  gateway.command.process.kill('SIGTERM');
  expect((await gateway.command.finished).exitCode).toBe(0);
});
