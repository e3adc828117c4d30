import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PredictOutput } from '@pairstream/client';
import { FakeTriton } from '@pairstream/triton-testing';
import { PacedLoad, type Recovery } from '../../support/gateway/paced-load.js';
import { MessageLoad, startTritonGateway, type TritonGateway } from '../../support/gateway/triton-gateway.js';
import { FaultProxy, type NetworkFault } from '../../support/network/fault-proxy.js';
import { SmallPipeline } from '../../support/pipelines/small-pipeline.js';
import { exampleRows, type PartRowRequest, requestOf } from '../../support/requests/example-rows.js';

const PAIRS = 20;
/** Rounds per fault, and duration of each fault; `make chaos` sets more. */
const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 1);
const FAULT_MS = Number(process.env['FAULT_MS'] ?? 3_000);
/** Offered load, as a share of what one replica serves. */
const LOAD = 0.7;
/** Service time of every model, milliseconds. */
const SERVICE_MS = 40;

/** A fake Triton behind a proxy. */
interface Replica {
  readonly fake: FakeTriton;
  readonly proxy: FaultProxy;
}

const pipeline = new SmallPipeline();
let request: PartRowRequest;
let expected: PredictOutput;
let replicas: Replica[];
let served: TritonGateway;
let messagesPerS: number;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  request = { ...requestOf(await exampleRows(PAIRS)), timeoutMs: 10_000 };
  replicas = [await startReplica(), await startReplica()];
  const targets = replicas.map(({ proxy }) => proxy.target);
  const config = {
    pipeline: pipeline.path,
    towerCacheMb: 0,
    tritonSharedMemoryMb: 0,
    maxBatchRows: 4 * PAIRS,
  };
  served = stack.use(await startTritonGateway(targets, config));
  await served.gateway.served;
  await allServe();
  expected = await served.client.predict(request);
  messagesPerS = Math.max(5, LOAD * (await rateOfOne()));
});
afterAll(async () => {
  await stack.disposeAsync();
  pipeline[Symbol.dispose]();
});

async function startReplica(): Promise<Replica> {
  const fake = stack.use(await FakeTriton.start({ models: pipeline.fakeModels() }));
  for (const { config } of pipeline.fakeModels()) fake.script(config.name).delayMs = SERVICE_MS;
  return { fake, proxy: stack.use(await FaultProxy.start(fake.target)) };
}

/** Waits until both replicas take calls for every model. */
async function allServe(): Promise<void> {
  for (;;) {
    const { replicas: states } = JSON.parse((await served.admin('/backend')).text) as {
      replicas: { models: Record<string, string | null> }[];
    };
    if (states.every(({ models }) => Object.values(models).every((outage) => outage === null))) return;
    await sleep(20);
  }
}

/** Messages per second that the gateway answers with one replica. */
async function rateOfOne(): Promise<number> {
  const [first] = replicas as [Replica, Replica];
  const path = `/admin/v1/replicas/${encodeURIComponent(first.proxy.target)}`;
  const post = (change: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${served.gateway.adminPort}${path}/${change}`, { method: 'POST' });
  await post('drain');
  const load = new MessageLoad(served.client, request, 16);
  await load.more(20);
  const [before, startedMs] = [load.answeredCount, performance.now()];
  await sleep(1_000);
  const rate = ((load.answeredCount - before) * 1_000) / (performance.now() - startedMs);
  await load.stop();
  await post('readmit');
  return rate;
}

/** What a fault does to one of the two replicas, and how it ends. */
interface Fault {
  readonly begin: (replica: Replica) => unknown;
  readonly end: (replica: Replica) => unknown;
}

function ofNetwork(fault: NetworkFault): Fault {
  return {
    begin: ({ proxy }) => (proxy.fault = fault),
    end: ({ proxy }) => (proxy.fault = { kind: 'none' }),
  };
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'is killed': {
    begin: async ({ fake, proxy }) => {
      proxy.fault = { kind: 'down' };
      await fake.die();
    },
    end: async ({ fake, proxy }) => {
      await fake.start();
      proxy.fault = { kind: 'none' };
    },
  },
  'is behind a network that loses everything': ofNetwork({ kind: 'blackhole' }),
  'is behind connections that are half open': ofNetwork({ kind: 'half_open' }),
  'has its connections reset in the middle of answers': ofNetwork({ kind: 'reset', afterBytes: 2_000 }),
  'is 50 ms away': ofNetwork({ kind: 'delay', delayMs: 50 }),
  'is 500 ms away': ofNetwork({ kind: 'delay', delayMs: 500 }),
  'has a bandwidth of 20 kB/s': ofNetwork({ kind: 'throttle', bytesPerS: 20_000 }),
};

/** Prints what became of the rows of a load. */
function report(name: string, load: PacedLoad, { goodputMs, drainedMs }: Recovery): void {
  const { sent, answered, degraded, refused, lost, doubled } = load.rows;
  const shown = (ms: number | undefined): string => (ms === undefined ? 'not in time' : `after ${ms} ms`);
  const reasons = [...load.refusals].map(([reason, count]) => ` ${reason}: ${count} messages.`).join('');
  console.log(
    `A replica ${name}, ${Math.round(messagesPerS * PAIRS)} rows/s offered: ${sent} rows sent, ${answered} answered, ${degraded} degraded, ${refused} refused, ${lost} lost, ${doubled} doubled. Full goodput ${shown(goodputMs)}, no backlog ${shown(drainedMs)}.${reasons}`,
  );
}

describe('one of two replicas under load', () => {
  it.each(Object.keys(FAULTS))('%s: every row is answered once', async (name) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const sick = replicas[round % 2]!;
      await allServe();
      const load = new PacedLoad(served.client, request, expected, messagesPerS);
      await sleep(1_000);
      const startedMs = performance.now();
      await FAULTS[name]!.begin(sick);
      await sleep(FAULT_MS);
      const endedMs = performance.now();
      await FAULTS[name]!.end(sick);
      await allServe();
      await load.stop();
      report(name, load, load.recovery(startedMs, endedMs));
      const { rows, refusals } = load;
      expect(rows).toMatchObject({ lost: 0, doubled: 0, sent: rows.answered + rows.refused });
      expect(rows.answered).toBeGreaterThan(0);
      // A busy machine may be slower than the load. Nothing else is a reason to refuse.
      expect([...refusals.keys()].filter((reason) => reason !== 'BUSY')).toEqual([]);
    }
  });
});
