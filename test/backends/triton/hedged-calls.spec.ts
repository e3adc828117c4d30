import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeModel, type FakeOutputs, FakeTriton } from '@pairstream/triton-testing';
import type { Config } from '../../../src/config/config.js';
import { farthest, startTritonGateway, type TritonGateway } from '../../support/gateway/triton-gateway.js';
import { SmallPipeline } from '../../support/pipelines/small-pipeline.js';
import { exampleRows, type PartRowRequest, requestOf } from '../../support/requests/example-rows.js';

const PAIRS = 20;
const PATIENCE = { timeout: 30_000, interval: 20 };
const CALLS = Number(process.env['HEDGE_CALLS'] ?? 60);
const PAUSE_MS = 400;
/** One call in so many to model a of the first server pauses. */
const PAUSE_EVERY = 20;

const pipeline = new SmallPipeline();
let request: PartRowRequest;
beforeAll(async () => {
  request = requestOf(await exampleRows(PAIRS));
});
afterAll(() => pipeline[Symbol.dispose]());

/** The models of the pipeline, with pauses in model a. */
function pausingModels(): FakeModel[] {
  let calls = 0;
  const pausing = ({ config, run }: FakeModel): FakeModel => ({
    config: { ...config, instanceGroup: [{ count: 4 }] },
    run: async (inputs, context) => {
      calls += 1;
      if (calls % PAUSE_EVERY === 0) await sleep(PAUSE_MS);
      return (await run(inputs, context)) as FakeOutputs;
    },
  });
  return pipeline.fakeModels().map((model) => (model.config.name === 'a' ? pausing(model) : model));
}

interface Started extends AsyncDisposable {
  readonly served: TritonGateway;
  readonly fakes: readonly FakeTriton[];
}

async function start(config: Partial<Config>, count = 2): Promise<Started> {
  const stack = new AsyncDisposableStack();
  const fakes: FakeTriton[] = [];
  for (let i = 0; i < count; i += 1) {
    const models = i === 0 ? pausingModels() : pipeline.fakeModels();
    fakes.push(stack.use(await FakeTriton.start({ models })));
  }
  const targets = fakes.map(({ target }) => target);
  const settings = { pipeline: pipeline.path, towerCacheMb: 0, tritonSharedMemoryMb: 0, ...config };
  const served = stack.use(await startTritonGateway(targets, settings));
  await served.gateway.served;
  await expect.poll(async () => (await served.admin('/backend')).text, PATIENCE).not.toContain('model a:');
  return { served, fakes, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function metric({ admin }: TritonGateway, name: string): Promise<number> {
  const lines = (await admin('/metrics')).text.split('\n');
  const values = lines.filter((line) => line.startsWith(`pairstream_triton_${name}{`));
  return values.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
}

/** Sends requests one after the other. @returns their times in milliseconds, ascending */
async function timesOf({ client }: TritonGateway): Promise<number[]> {
  const expected = await client.predict(request);
  const times: number[] = [];
  for (let i = 0; i < CALLS; i += 1) {
    const startedMs = performance.now();
    const output = await client.predict(request);
    times.push(performance.now() - startedMs);
    expect(output).toMatchObject({ rung: 'full', rowStatus: [] });
    expect(farthest(output, expected)).toBeLessThan(1e-6);
  }
  return times.toSorted((a, b) => a - b);
}

function shown(times: readonly number[]): string {
  const at = (share: number): string => times[Math.floor(share * (times.length - 1))]!.toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}

describe('a late call on one of two servers', () => {
  it('is sent to the other server within the budget, and its rows are answered once', async () => {
    await using off = await start({});
    await using on = await start({ tritonHedgePercent: 5 });
    // By turns, so that a busy machine slows both.
    const times = { off: [] as number[], on: [] as number[] };
    for (let turn = 0; turn < 3; turn += 1) {
      times.off.push(...(await timesOf(off.served)));
      times.on.push(...(await timesOf(on.served)));
    }
    const sorted = { off: times.off.toSorted((a, b) => a - b), on: times.on.toSorted((a, b) => a - b) };
    const [sent, won, calls] = await Promise.all([
      metric(on.served, 'hedges_total'),
      metric(on.served, 'hedges_won_total'),
      metric(on.served, 'call_seconds_count'),
    ]);
    console.log(
      `${times.on.length} requests each, one server pauses ${PAUSE_MS} ms in one of ${PAUSE_EVERY} calls of a model. Without hedging: ${shown(sorted.off)}. With: ${shown(sorted.on)}; ${sent} of ${calls} calls hedged, ${won} won.`,
    );
    expect(sent).toBeGreaterThan(0);
    expect(won).toBeLessThanOrEqual(sent);
    expect(sent).toBeLessThanOrEqual(0.05 * calls + 10);
    expect(await metric(off.served, 'hedges_total')).toBe(0);
  });

  it('is won by the second server, and the first request is cancelled', async () => {
    await using started = await start({ tritonHedgePercent: 100, tritonHedgeDelayMs: 50 });
    const { served, fakes } = started;
    const expected = await served.client.predict(request);
    const [slow] = fakes as [FakeTriton, FakeTriton];
    slow.script('b').delayMs = 20_000;
    await expect
      .poll(async () => {
        const output = await served.client.predict({ ...request, timeoutMs: 60_000 });
        expect(output).toMatchObject({ rung: 'full', missingMembers: [] });
        expect(farthest(output, expected)).toBeLessThan(1e-6);
        return slow.script('b').counts.cancels;
      }, PATIENCE)
      .toBeGreaterThan(0);
    expect(await metric(served, 'hedges_won_total')).toBeGreaterThan(0);
    slow.script('b').delayMs = 0;
  });

  it('is not hedged if there is one server', async () => {
    await using started = await start({ tritonHedgePercent: 100, tritonHedgeDelayMs: 1 }, 1);
    await timesOf(started.served);
    expect(await metric(started.served, 'hedges_total')).toBe(0);
  });
});
