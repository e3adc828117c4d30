import { truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TritonClient } from '@pairstream/triton-client';
import { RegionPool } from '../../src/backends/triton/memory/region-pool.js';
import type { Matrix } from '../../src/backends/backend.js';
import { isRegionName } from '../../src/backends/triton/memory/region-sweep.js';
import { SHARED_MEMORY_FOLDER } from '../../src/backends/triton/memory/shared-region.js';
import { ReplicaTransport } from '../../src/backends/triton/replicas/replica-transport.js';
import { FakeTriton, FakeTritonError } from '@pairstream/triton-testing';
import { SharedMemoryFile } from '../support/triton/shared-memory-file.js';
import { PREPARE_MS } from '../support/triton/triton-server.js';
import { SERVER_KINDS, type StartedServer } from './conformance-server.js';
import { conformanceModels } from './fake-models.js';

const MODEL = { name: 'sum', version: '1' };
const OPTIONS = { timeoutMs: 120_000 };
const WIDTH = 4;

/** One transport over shared memory, and the names of the regions that its server has mapped. */
interface Lane extends Disposable {
  readonly client: TritonClient;
  readonly transport: ReplicaTransport;
  readonly refusals: (string | undefined)[];
  readonly regions: () => Promise<string[]>;
}

/** @param refusal why the server, as it is now, takes no regions */
async function openLane(client: TritonClient, refusal?: string): Promise<Lane> {
  const refusals: (string | undefined)[] = [];
  const pool = new RegionPool(
    { maxBytes: 2 ** 20 },
    { sharedMemoryChanged: () => undefined, sharedMemoryRefused: () => undefined },
  );
  const onRefusalChange = (reason: string | undefined): void => void refusals.push(reason);
  const transport = new ReplicaTransport(client, pool, { smallestSharedBytes: 0, onRefusalChange });
  expect(await transport.connect(OPTIONS.timeoutMs)).toBe(refusal);
  return {
    client,
    transport,
    refusals,
    regions: async () => {
      const all = await client.systemSharedMemory.status();
      return all.map(({ name }) => name).filter((name) => isRegionName(name));
    },
    [Symbol.dispose]: () => pool.close(),
  };
}

/** Adds rows of `a` and of 1. @returns the sums */
async function add({ transport }: Lane, a: number): Promise<number[]> {
  const matrix = (value: number): Matrix => ({
    data: new Float32Array(2 * WIDTH).fill(value),
    width: WIDTH,
  });
  const sum = matrix(-9);
  const call = {
    rowCount: 2,
    inputs: new Map([['a', matrix(a)] as const, ['b', matrix(1)] as const]),
    outputs: new Map([['sum', sum] as const, ['difference', matrix(-9)] as const]),
  };
  await transport.infer(MODEL, call, OPTIONS);
  return [...new Set(sum.data)];
}

/** Things that others do to the region of a transport between two calls. */
const LOSSES: readonly { name: string; act: (lane: Lane, region: string) => unknown }[] = [
  { name: 'nothing', act: () => undefined },
  { name: 'unregistered by name', act: ({ client }, region) => client.systemSharedMemory.unregister(region) },
  { name: 'unregistered with all others', act: ({ client }) => client.systemSharedMemory.unregister() },
  { name: 'its file removed', act: (_lane, region) => unlinkSync(join(SHARED_MEMORY_FOLDER, region)) },
  {
    name: 'its file removed and unregistered',
    act: async ({ client }, region) => {
      unlinkSync(join(SHARED_MEMORY_FOLDER, region));
      await client.systemSharedMemory.unregister(region);
    },
  },
  { name: 'its file truncated', act: (_lane, region) => truncateSync(join(SHARED_MEMORY_FOLDER, region), 0) },
  {
    name: 'its name registered for other memory of the same size',
    act: async ({ client }, region) => {
      const [registered] = await client.systemSharedMemory.status(region);
      await replaceRegion(client, region, registered!.byteSize);
    },
  },
  {
    name: 'its name registered for other memory that is smaller',
    act: ({ client }, region) => replaceRegion(client, region, 64),
  },
];

async function replaceRegion(client: TritonClient, name: string, byteLength: number): Promise<void> {
  // The mapping outlives the file.
  using file = new SharedMemoryFile(byteLength);
  file.write(new Float32Array(16).fill(77));
  await client.systemSharedMemory.unregister(name);
  await client.systemSharedMemory.register({ name, key: file.key, byteLength });
}

describe.each(SERVER_KINDS)('shared memory that is lost between calls: $name', ({ start }) => {
  let started: StartedServer | string;
  beforeAll(async () => {
    started = await start('explicit', ['sum']);
  }, PREPARE_MS);
  afterAll(async () => {
    if (typeof started !== 'string') await started[Symbol.asyncDispose]();
  });
  beforeEach((context) => {
    if (typeof started === 'string') context.skip(started);
  });

  it.each(LOSSES)('$name', async ({ act }) => {
    const { client } = started as StartedServer;
    await client.systemSharedMemory.unregister();
    using lane = await openLane(client);
    expect(await add(lane, 1)).toEqual([2]);
    const [region] = await lane.regions();
    await act(lane, region!);
    expect(await add(lane, 2)).toEqual([3]);
    expect(await add(lane, 3)).toEqual([4]);
    expect(await lane.regions()).not.toEqual([]);
    expect(lane.transport.kind).toBe('shared_memory');
    expect(lane.refusals).toEqual([]);
  });
});

/** Answers to a request through shared memory, after which the same request succeeds over gRPC. */
const SERVER_ANSWERS: readonly FakeTritonError[] = [
  new FakeTritonError('INTERNAL', 'output needs 5764607523034234880 bytes of shared memory'),
  new FakeTritonError('NOT_FOUND', "Unable to find shared memory region: 'x'"),
  new FakeTritonError('INVALID_ARGUMENT', "Invalid offset + byte size for shared memory region: 'x'"),
  new FakeTritonError('UNIMPLEMENTED', 'Client shared memory is disabled.'),
];

describe('a server that refuses shared memory', () => {
  async function withFake(act: (fake: FakeTriton, lane: Lane) => Promise<void>): Promise<void> {
    const models = conformanceModels().filter(({ config }) => config.name === 'sum');
    await using fake = await FakeTriton.start({ models });
    using client = new TritonClient({ target: fake.target });
    using lane = await openLane(client);
    await act(fake, lane);
  }

  it.each(SERVER_ANSWERS)('by the answer "$message" gets the request once more, over gRPC', (answer) =>
    withFake(async (fake, lane) => {
      fake.script('sum').failNext(1, answer);
      expect(await add(lane, 1)).toEqual([2]);
      expect(fake.callCount('ModelInfer')).toBe(2);
      fake.script('sum').failNext(2, answer);
      await expect(add(lane, 1)).rejects.toThrow(answer.message);
      expect(fake.callCount('ModelInfer')).toBe(4);
    }),
  );

  it('by any other answer gets it once', () =>
    withFake(async (fake, lane) => {
      fake.script('sum').failNext();
      await expect(add(lane, 1)).rejects.toThrow('failed on demand');
      expect(fake.callCount('ModelInfer')).toBe(1);
    }));

  it('at registration gets all requests over gRPC, and the reason is told once', () =>
    withFake(async (fake, lane) => {
      fake.allowsSharedMemory = false;
      for (const a of [1, 2, 3]) expect(await add(lane, a)).toEqual([a + 1]);
      expect(lane.refusals).toEqual([expect.stringContaining('Client shared memory is disabled')]);
      expect(lane.transport.kind).toBe('grpc');
    }));

  it('after a restart at the same address computes on the right memory', () =>
    withFake(async (fake, lane) => {
      expect(await add(lane, 1)).toEqual([2]);
      await fake.restart();
      await lane.client.waitForConnection(OPTIONS.timeoutMs);
      expect(await add(lane, 2)).toEqual([3]);
      expect(lane.transport.kind).toBe('shared_memory');
    }));
});

/** The time after which a server that refused a region is offered the next one. */
const REFUSED_MS = 10_000;
const REASON = "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.";

describe('a server that takes shared memory again', () => {
  let skippedMs = 0;
  beforeEach(() => {
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + skippedMs);
  });
  afterEach(() => {
    skippedMs = 0;
    vi.restoreAllMocks();
  });

  const registrationCount = (fake: FakeTriton): number => fake.callCount('SystemSharedMemoryRegister');

  /** Ways to a transport whose server has refused a region. */
  const REFUSALS: readonly {
    readonly name: string;
    readonly open: (fake: FakeTriton, client: TritonClient) => Promise<Lane>;
    readonly told: readonly string[];
  }[] = [
    {
      name: 'when it was reached',
      open: async (fake, client) => {
        fake.allowsSharedMemory = false;
        return await openLane(client, REASON);
      },
      // The caller of `connect` tells it.
      told: [],
    },
    {
      name: 'at the first call',
      open: async (fake, client) => {
        const lane = await openLane(client);
        fake.allowsSharedMemory = false;
        expect(await add(lane, 1)).toEqual([2]);
        return lane;
      },
      told: [REASON],
    },
    {
      name: 'after calls through shared memory',
      open: async (fake, client) => {
        const lane = await openLane(client);
        expect(await add(lane, 1)).toEqual([2]);
        fake.allowsSharedMemory = false;
        await fake.restart();
        await client.waitForConnection(OPTIONS.timeoutMs);
        // The server does not know the region any more; the request goes over gRPC.
        for (const a of [2, 3]) expect(await add(lane, a)).toEqual([a + 1]);
        return lane;
      },
      told: [REASON],
    },
  ];

  it.each(REFUSALS)('gets requests through it: refused $name', async ({ open, told }) => {
    const models = conformanceModels().filter(({ config }) => config.name === 'sum');
    await using fake = await FakeTriton.start({ models });
    using client = new TritonClient({ target: fake.target });
    using lane = await open(fake, client);
    const refusedCount = registrationCount(fake);
    const expectGrpc = async (a: number, offered: number): Promise<void> => {
      expect(await add(lane, a)).toEqual([a + 1]);
      expect(lane.transport.kind).toBe('grpc');
      expect(lane.refusals).toEqual(told);
      expect(registrationCount(fake) - refusedCount).toBe(offered);
    };
    // Not offered before the time is over, and refused when it is.
    await expectGrpc(4, 0);
    skippedMs += REFUSED_MS;
    await expectGrpc(5, 1);
    await expectGrpc(6, 1);
    fake.allowsSharedMemory = true;
    await expectGrpc(7, 1);
    skippedMs += REFUSED_MS;
    const sums = await Promise.all([8, 9, 10].map((a) => add(lane, a)));
    expect(sums).toEqual([[9], [10], [11]]);
    expect(lane.transport.kind).toBe('shared_memory');
    expect(lane.refusals).toEqual([...told, undefined]);
    expect(await lane.regions()).not.toEqual([]);
  });
});
