import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { RepositoryModel } from '@pairstream/triton-client';
import type { ConformanceServer } from '../conformance-server.js';
import { BROKEN } from '../fake-models.js';
import {
  CODE,
  eventually,
  failure,
  fp32,
  inferOutputs,
  int32,
  outcomeOf,
  type ProtocolCase,
} from '../protocol-case.js';

const NO_NAME = failure(
  'unsupported',
  CODE.UNIMPLEMENTED,
  "'repository_name' specification is not supported",
);
const cannotPoll = (name: string): unknown =>
  failure('internal', CODE.INTERNAL, `failed to load '${name}', failed to poll from model repository`);
const NO_VERSIONS = failure(
  'unknown_model',
  CODE.NOT_FOUND,
  "Request for unknown model: 'squeezed' has no available versions",
);

async function rowOf({ client }: ConformanceServer, model: string): Promise<RepositoryModel | undefined> {
  return (await client.repository.index()).find(({ name }) => name === model);
}

/** The index of a model when it is neither loaded nor unloaded any more. */
function settled(server: ConformanceServer, model: string): Promise<unknown> {
  return eventually(async () => {
    const row = await rowOf(server, model);
    return row?.state === 'UNLOADING' || row?.state === 'LOADING' ? undefined : row;
  });
}

const squeeze = (server: ConformanceServer, modelVersion = ''): Promise<unknown> =>
  outcomeOf(inferOutputs(server, 'squeezed', [fp32('x', [1, 1], [1])], { modelVersion }));
const SQUEEZED = { y: 'FP32 [1] 0000803f' };

/** A configuration of `squeezed` that takes smaller batches. */
const SMALLER = JSON.stringify({
  backend: 'python',
  max_batch_size: 2,
  input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [1] }],
  output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [1] }],
});

/** The model repository, under explicit control. The last case leaves the server not ready. */
export const REPOSITORY_CASES: readonly ProtocolCase[] = [
  {
    name: 'the index has every model, with its versions',
    act: async ({ client }) => client.repository.index(),
    expected: expect.arrayContaining([
      { name: 'versions', version: '1', state: 'READY', reason: '' },
      { name: 'versions', version: '3', state: 'READY', reason: '' },
      { name: 'sum', version: '1', state: 'READY', reason: '' },
      { name: BROKEN, version: '', state: '', reason: '' },
    ]),
  },
  {
    name: 'the index is sorted by name',
    act: async ({ client }) => {
      const names = (await client.repository.index()).map(({ name }) => name);
      return JSON.stringify(names) === JSON.stringify(names.toSorted());
    },
    expected: true,
  },
  {
    name: 'the index of what is ready',
    act: async ({ client }) => (await client.repository.index(true)).some(({ name }) => name === BROKEN),
    expected: false,
  },
  ...(['RepositoryIndex', 'RepositoryModelLoad', 'RepositoryModelUnload'] as const).map((method) => ({
    name: `${method} of a named repository`,
    act: ({ raw }: ConformanceServer) => raw.call(method, { repositoryName: 'mine', modelName: 'sum' }),
    expected: NO_NAME,
  })),
  {
    name: 'unloads a model and loads it again',
    act: async (server) => {
      const { repository } = server.client;
      await repository.unload('squeezed');
      const unloaded = await settled(server, 'squeezed');
      const refusals = [await squeeze(server), await squeeze(server, '1'), await squeeze(server, '2')];
      const isReady = [await server.client.isModelReady('squeezed'), await server.client.isServerReady()];
      const statistics = await outcomeOf(server.client.modelStatistics('squeezed'));
      await repository.load('squeezed');
      return { unloaded, refusals, isReady, statistics, again: await squeeze(server) };
    },
    expected: {
      unloaded: { name: 'squeezed', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
      refusals: [
        NO_VERSIONS,
        failure(
          'unknown_model',
          CODE.UNAVAILABLE,
          "Request for unknown model: 'squeezed' version 1 is not at ready state",
        ),
        failure(
          'unknown_model',
          CODE.NOT_FOUND,
          "Request for unknown model: 'squeezed' version 2 is not found",
        ),
      ],
      isReady: [false, true],
      statistics: failure(
        'unknown_model',
        CODE.INVALID_ARGUMENT,
        "requested model 'squeezed' is not available",
      ),
      again: SQUEEZED,
    },
  },
  {
    name: 'requests that run and wait are finished when their model is unloaded',
    act: async (server) => {
      const { client } = server;
      const call = (ms: number): Promise<unknown> =>
        outcomeOf(
          client
            .infer({ modelName: 'slow', inputs: [int32('delay_ms', [1, 1], [ms])] })
            .then(() => 'answered'),
        );
      await call(1);
      const running = call(300);
      await sleep(60);
      const waiting = call(1);
      await sleep(60);
      await client.repository.unload('slow');
      const row = await rowOf(server, 'slow');
      const refused = await call(1);
      const isServerReady = await client.isServerReady();
      const finished = await Promise.all([running, waiting]);
      await settled(server, 'slow');
      await client.repository.load('slow');
      return { row, refused, isServerReady, finished, again: await call(1) };
    },
    expected: {
      row: { name: 'slow', version: '1', state: 'UNLOADING', reason: '' },
      refused: failure(
        'unknown_model',
        CODE.NOT_FOUND,
        "Request for unknown model: 'slow' has no available versions",
      ),
      isServerReady: false,
      finished: ['answered', 'answered'],
      again: 'answered',
    },
  },
  {
    name: 'loads a model that is loaded',
    act: async (server) => {
      await server.client.repository.load('squeezed');
      return squeeze(server);
    },
    expected: SQUEEZED,
  },
  {
    name: 'loads a model with another configuration, which it keeps until it is unloaded',
    act: async (server) => {
      const { client } = server;
      const largest = async (): Promise<number> => (await client.modelConfig('squeezed')).maxBatchSize;
      await client.repository.load('squeezed', { configJson: SMALLER });
      const smaller = await largest();
      await client.repository.load('squeezed');
      const again = await largest();
      await client.repository.unload('squeezed');
      await settled(server, 'squeezed');
      await client.repository.load('squeezed');
      return [smaller, again, await largest()];
    },
    expected: [2, 2, 8],
  },
  {
    name: 'a configuration that is no JSON',
    act: ({ client }) => client.repository.load('squeezed', { configJson: 'none' }),
    expected: cannotPoll('squeezed'),
  },
  {
    name: 'files without a configuration',
    act: ({ client }) => client.repository.load('squeezed', { files: { '1/model.py': Buffer.from('x') } }),
    expected: cannotPoll('squeezed'),
  },
  {
    name: 'a model that is not there',
    act: ({ client }) => client.repository.load('nothing'),
    expected: cannotPoll('nothing'),
  },
  ...(
    [
      [{ other: { stringParam: 'x' } }, "unrecognized load parameter 'other'."],
      [
        { config: { int64Param: 1 } },
        "invalid value type for load parameter 'config', expected string_param.",
      ],
      [
        { config: { stringParam: '{}' }, 'file:1/model.py': { stringParam: 'x' } },
        "invalid value type for load parameter 'file:1/model.py', expected bytes_param.",
      ],
    ] as const
  ).map(([parameters, text]) => ({
    name: `a load with ${Object.keys(parameters).join(', ')} of a wrong kind`,
    act: ({ raw }: ConformanceServer) =>
      raw.call('RepositoryModelLoad', { modelName: 'squeezed', parameters }),
    expected: failure('invalid_argument', CODE.INVALID_ARGUMENT, text),
  })),
  {
    name: 'unloads what is not there',
    act: ({ client }) => client.repository.unload('nothing', true),
    expected: undefined,
  },
  {
    name: 'an unload with a parameter of a wrong kind',
    act: ({ raw }) =>
      raw.call('RepositoryModelUnload', {
        modelName: 'nothing',
        parameters: { unload_dependents: { stringParam: 'yes' } },
      }),
    expected: failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      "invalid value type for 'unload_dependents' parameter, expected bool_param.",
    ),
  },
  {
    name: 'a model that cannot be loaded',
    act: async (server) => {
      const { client } = server;
      const load = await outcomeOf(client.repository.load(BROKEN));
      const infer = (modelVersion: string): Promise<unknown> =>
        outcomeOf(inferOutputs(server, BROKEN, [int32('x', [1], [1])], { modelVersion }));
      const refusals = [await infer(''), await infer('1')];
      const isReady = [await client.isModelReady(BROKEN), await client.isServerReady()];
      await client.repository.unload(BROKEN);
      return {
        load,
        refusals,
        isReady,
        row: await rowOf(server, BROKEN),
        isReadyLater: await client.isServerReady(),
      };
    },
    expected: {
      load: failure(
        'invalid_argument',
        CODE.INVALID_ARGUMENT,
        /^load failed for model 'broken': version 1 is at UNAVAILABLE state: Internal: .*broken on purpose/,
      ),
      refusals: [
        failure(
          'unknown_model',
          CODE.NOT_FOUND,
          "Request for unknown model: 'broken' has no available versions",
        ),
        failure(
          'unknown_model',
          CODE.UNAVAILABLE,
          "Request for unknown model: 'broken' version 1 is not at ready state",
        ),
      ],
      isReady: [false, false],
      row: {
        name: BROKEN,
        version: '1',
        state: 'UNAVAILABLE',
        reason: expect.stringMatching(/^Internal: .*broken on purpose/),
      },
      isReadyLater: false,
    },
  },
];

/** The model repository of a server that does not let clients control it. */
export const UNCONTROLLED_CASES: readonly ProtocolCase[] = [
  ...(['load', 'unload'] as const).map((method) => ({
    name: `${method} is refused`,
    act: ({ client }: ConformanceServer) => client.repository[method]('slow'),
    expected: failure(
      'unsupported',
      CODE.UNAVAILABLE,
      'explicit model load / unload is not allowed if polling is enabled',
    ),
  })),
  {
    name: 'the index is told all the same',
    act: ({ client }) => client.repository.index(),
    expected: expect.arrayContaining([{ name: 'slow', version: '1', state: 'READY', reason: '' }]),
  },
];
