import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/config.js';
import { TARGETS } from '../../../src/pairs/targets.js';
import { FakeTriton } from '@pairstream/triton-testing';
import { exampleRows, type PartRowRequest, requestOf } from '../../support/requests/example-rows.js';
import { SmallBackend, SmallPipeline } from '../../support/pipelines/small-pipeline.js';
import { startTestGateway } from '../../support/gateway/test-gateway.js';
import {
  farthest,
  readiness,
  startTritonGateway,
  type TritonGateway,
} from '../../support/gateway/triton-gateway.js';

const PAIRS = 30;
const PATIENCE = { timeout: 150_000, interval: 20 };
const MODELS = ['t', 'a', 'b', 'c', 'd', 'x', 'y'];

const pipeline = new SmallPipeline();
let request: PartRowRequest;
beforeAll(async () => {
  request = requestOf(await exampleRows(PAIRS));
});
afterAll(() => pipeline[Symbol.dispose]());

/** A fake Triton with the models of the pipeline, and a gateway that serves them. */
async function startBoth(
  settings: Partial<Config> = {},
): Promise<[FakeTriton, TritonGateway, AsyncDisposableStack]> {
  const stack = new AsyncDisposableStack();
  const fake = stack.use(await FakeTriton.start({ models: pipeline.fakeModels() }));
  const config = { pipeline: pipeline.path, towerCacheMb: 0, ...settings };
  const served = stack.use(await startTritonGateway([fake.target], config));
  await served.gateway.served;
  await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
  return [fake, served, stack];
}

/** What /readyz says of models that are out, when the gateway is ready. */
async function degradation({ admin }: TritonGateway): Promise<string | undefined> {
  const { status, text } = await admin('/readyz');
  if (status !== 200) return 'not ready';
  return (JSON.parse(text) as { details: { release: { degraded?: string } } }).details.release.degraded;
}

describe('a gateway on Triton with a degrade ladder', () => {
  it('answers as the models in its own process do', async () => {
    const [, served, stack] = await startBoth();
    await using _ = stack;
    await using own = await startTestGateway({ pipeline: pipeline.path }, { backend: new SmallBackend() });
    expect(farthest(await served.client.predict(request), await own.client.predict(request))).toBeLessThan(
      1e-5,
    );
  });

  it.each([
    [['c'], 'stage2', 'c'],
    [['t'], 'stage2', 'd'],
    [['x', 'y'], 'stage1_mean', 'x, y'],
    [['b', 'c', 't'], 'a_alone', 'b, c, d, x, y'],
  ])('without %j stays ready, says so, and is whole again with them', async (names, rung, missing) => {
    const [fake, served, stack] = await startBoth();
    await using _ = stack;
    for (const name of names) fake.unload(name);
    await expect.poll(() => degradation(served), PATIENCE).toBe(`rung ${rung}, missing ${missing}`);
    const answer = await served.client.predict(request);
    expect(answer).toMatchObject({ rung, missingMembers: missing.split(', '), rowStatus: [] });
    const refused = served.client.predict({ ...request, options: { minRung: 'full' } });
    await expect(refused).rejects.toMatchObject({ reason: 'DEGRADED' });
    await Promise.all(names.map((name) => fake.load(name)));
    await expect.poll(() => degradation(served), PATIENCE).toBeUndefined();
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full', missingMembers: [] });
  });

  it('with base rates alone answers, but is not ready', async () => {
    const [fake, served, stack] = await startBoth();
    await using _ = stack;
    for (const name of MODELS) fake.unload(name);
    await expect.poll(() => readiness(served), PATIENCE).toMatch(/model [a-z]: /);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'base_rates', rowStatus: [] });
    await Promise.all(MODELS.map((name) => fake.load(name)));
    await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
    // The first model that is back makes the gateway ready.
    await expect.poll(() => degradation(served), PATIENCE).toBeUndefined();
    expect(await served.client.predict(request)).toMatchObject({ rung: 'full' });
  });

  it.each([
    ['b', 'stage2'],
    ['t', 'stage2'],
    ['x', 'stage2'],
  ])('answers in time without %s, which hangs', async (model, rung) => {
    const [fake, served, stack] = await startBoth();
    await using _ = stack;
    fake.script(model).delayMs = 30_000;
    const late = await served.client.predict({ ...request, timeoutMs: 1_000 });
    expect(late).toMatchObject({ rung, missingMembers: [model === 't' ? 'd' : model], rowStatus: [] });
    fake.script(model).delayMs = 0;
  });

  it.each([
    ['b', 'stage2'],
    ['t', 'stage2'],
    ['x', 'stage2'],
  ])('answers every message of a stream in time without %s, which is late', async (model, rung) => {
    const [fake, served, stack] = await startBoth();
    await using _ = stack;
    fake.script(model).delayMs = 30_000;
    const messages = Array.from({ length: 6 }, () => ({ ...request, timeoutMs: 2_000 }));
    const outputs: unknown[] = [];
    for await (const { output } of served.client.predictStream(messages)) outputs.push(output);
    expect(outputs).toHaveLength(messages.length);
    for (const output of outputs)
      expect(output).toMatchObject({ rung, missingMembers: [model === 't' ? 'd' : model], rowStatus: [] });
    fake.script(model).delayMs = 0;
  });

  it('answers a message in time whose batch has messages with more time', async () => {
    const [fake, served, stack] = await startBoth({ batchSlots: 1 });
    await using _ = stack;
    // The first message occupies the slot, so that the others share the next batch.
    fake.script('a').delayMs = 300;
    const first = served.client.predict(request);
    await expect.poll(() => fake.script('a').counts.requests, PATIENCE).toBeGreaterThan(1);
    fake.script('b').delayMs = 6_000;
    const requests = [
      { ...request, timeoutMs: 20_000 },
      { ...request, timeoutMs: 3_000 },
    ];
    const sent = fake.script('b').counts.requests;
    const [patient, hurried] = await Promise.all(requests.map((each) => served.client.predict(each)));
    expect(fake.script('b').counts.requests - sent).toBeLessThanOrEqual(2);
    expect(patient).toMatchObject({ rung: 'full', missingMembers: [], rowStatus: [] });
    // Stage 2 waits for b: the answer comes from the members that are there.
    expect(hurried).toMatchObject({ rung: 'stage1_mean', missingMembers: ['b', 'x', 'y'], rowStatus: [] });
    await first;
    fake.script('b').delayMs = 0;
  });

  it.each<[string, (fake: FakeTriton) => unknown]>([
    ['is busy', (fake) => (fake.script('b').isBusy = true)],
    ['fails', (fake) => fake.script('b').failNext(10)],
    ['answers in another shape', (fake) => (fake.script('b').answerFault = 'wrong_shape')],
  ])('answers without a model that %s', async (_name, hurt) => {
    const [fake, served, stack] = await startBoth();
    await using _ = stack;
    hurt(fake);
    expect(await served.client.predict(request)).toMatchObject({ rung: 'stage2', missingMembers: ['b'] });
  });

  it('does not answer rows for which a model that is there said something that is no probability', async () => {
    const [fake, served, stack] = await startBoth();
    await using _ = stack;
    fake.script('b').answerFault = 'nan';
    const answer = await served.client.predict(request);
    expect(answer).toMatchObject({ rung: 'full', missingMembers: [] });
    const failed = new Set(answer.rowStatus.map(({ pairIndex }) => pairIndex));
    expect(answer.rowStatus.every(({ reason }) => reason === 'BACKEND_FAILED')).toBe(true);
    expect(failed.size).toBeGreaterThan(0);
    for (const target of TARGETS)
      answer[target].forEach((value, pair) => expect(Number.isNaN(value)).toBe(failed.has(pair)));
  });
});
