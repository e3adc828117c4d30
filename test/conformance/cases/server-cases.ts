import { expect } from 'vitest';
import {
  CODE,
  eventually,
  failure,
  fp32,
  inferOutputs,
  type ProtocolCase,
  strings,
} from '../protocol-case.js';

const HEALTH = '/grpc.health.v1.Health';
const SERVICE = '/inference.GRPCInferenceService';
const SERVING = Buffer.of(0x08, 1);

/** What a server says of itself and its models. */
export const SERVER_CASES: readonly ProtocolCase[] = [
  { name: 'is live', act: ({ client }) => client.isServerLive(), expected: true },
  { name: 'is ready', act: ({ client }) => client.isServerReady(), expected: true },
  {
    name: 'tells its name, version and extensions',
    act: ({ client }) => client.serverMetadata(),
    expected: {
      name: 'triton',
      version: '2.51.0',
      extensions: [
        'classification',
        'sequence',
        'model_repository',
        'model_repository(unload_dependents)',
        'schedule_policy',
        'model_configuration',
        'system_shared_memory',
        'cuda_shared_memory',
        'binary_tensor_data',
        'parameters',
        'statistics',
        'trace',
        'logging',
      ],
    },
  },
  {
    name: 'answers a health check, of whatever service',
    act: async ({ raw }) => [
      await raw.callBytes(`${HEALTH}/Check`, Buffer.alloc(0)),
      await raw.callBytes(`${HEALTH}/Check`, Buffer.from('\n\u0001x')),
    ],
    expected: [SERVING, SERVING],
  },
  {
    name: 'has no health watch',
    act: ({ raw }) => raw.callBytes(`${HEALTH}/Watch`, Buffer.alloc(0)),
    expected: failure('unsupported', CODE.UNIMPLEMENTED, /(?:)/),
  },
  {
    name: 'does not know another method',
    act: ({ raw }) => raw.callBytes(`${SERVICE}/Nothing`, Buffer.alloc(0)),
    expected: failure('unsupported', CODE.UNIMPLEMENTED, /(?:)/),
  },
  ...['ServerLive', 'ModelInfer', 'RepositoryIndex'].map((method) => ({
    name: `${method} refuses bytes that are no message`,
    act: ({ raw }: Parameters<ProtocolCase['act']>[0]) =>
      raw.callBytes(`${SERVICE}/${method}`, Buffer.of(0xff, 0xff, 0xff)),
    expected: failure('internal', CODE.INTERNAL, 'Unable to parse request'),
  })),
  {
    name: 'tells which models are ready',
    act: async ({ client }) => ({
      known: await client.isModelReady('sum'),
      version: await client.isModelReady('sum', '1'),
      otherVersion: await client.isModelReady('sum', '2'),
      unknown: await client.isModelReady('nothing'),
    }),
    expected: { known: true, version: true, otherVersion: false, unknown: false },
  },
  {
    name: 'ModelReady refuses a version that is no number',
    act: ({ client }) => client.isModelReady('sum', 'one'),
    expected: failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      "failed to get model version from specified version string 'one' (details: stol), version should be an integral value > 0",
    ),
  },
  {
    name: 'tells the tensors of a model with a batch axis',
    act: ({ client }) => client.modelMetadata('sum'),
    expected: {
      name: 'sum',
      versions: ['1'],
      platform: 'python',
      inputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: [-1, 4] })),
      outputs: ['sum', 'difference'].map((name) => ({ name, datatype: 'FP32', shape: [-1, 4] })),
    },
  },
  {
    name: 'tells the tensors of a model without one',
    act: ({ client }) => client.modelMetadata('whole'),
    expected: expect.objectContaining({
      inputs: [{ name: 'matrix', datatype: 'INT32', shape: [2, -1] }],
      outputs: [{ name: 'matrix_out', datatype: 'INT32', shape: [2, -1] }],
    }),
  },
  {
    name: 'tells the versions of a model',
    act: async ({ client }) => [
      (await client.modelMetadata('versions')).versions,
      (await client.modelMetadata('versions', '1')).versions,
    ],
    expected: [['1', '3'], ['1']],
  },
  ...(['modelMetadata', 'modelConfig'] as const).flatMap((method): ProtocolCase[] => [
    {
      name: `${method} does not know a model`,
      act: ({ client }) => client[method]('nothing'),
      expected: failure('unknown_model', CODE.NOT_FOUND, "Request for unknown model: 'nothing' is not found"),
    },
    {
      name: `${method} does not know a version`,
      act: ({ client }) => client[method]('versions', '2'),
      expected: failure(
        'unknown_model',
        CODE.NOT_FOUND,
        "Request for unknown model: 'versions' version 2 is not found",
      ),
    },
  ]),
  {
    name: 'tells the configuration of a model, completed',
    act: ({ client }) => client.modelConfig('slow'),
    expected: expect.objectContaining({
      name: 'slow',
      platform: '',
      backend: 'python',
      maxBatchSize: 1,
      input: [expect.objectContaining({ name: 'delay_ms', dataType: 'TYPE_INT32', dims: [1] })],
      instanceGroup: [
        {
          name: expect.stringMatching(/^slow/),
          kind: 'KIND_CPU',
          count: 1,
          gpus: [],
          profile: [],
          secondaryDevices: [],
          passive: false,
          hostPolicy: '',
          rateLimiter: null,
        },
      ],
      versionPolicy: expect.anything(),
      dynamicBatching: {
        preferredBatchSize: [1],
        maxQueueDelayMicroseconds: 0,
        preserveOrdering: false,
        priorityLevels: 0,
        defaultPriorityLevel: 0,
        defaultQueuePolicy: {
          timeoutAction: 'REJECT',
          defaultTimeoutMicroseconds: 60_000_000,
          allowTimeoutOverride: true,
          maxQueueSize: 2,
        },
        priorityQueuePolicy: {},
      },
      defaultModelFilename: 'model.py',
    }),
  },
  {
    name: 'tells that a model is decoupled',
    act: async ({ client }) => (await client.modelConfig('repeat')).modelTransactionPolicy,
    expected: { decoupled: true },
  },
  {
    name: 'counts requests, rows and runs',
    act: async (server) => {
      const before = (await server.client.modelStatistics('squeezed'))[0]!;
      for (const rows of [1, 3])
        await inferOutputs(server, 'squeezed', [fp32('x', [rows, 1], Array.from({ length: rows }, Number))]);
      // Counted after the answer is sent.
      const after = await eventually(async () => {
        const [now] = await server.client.modelStatistics('squeezed', '1');
        return now!.executionCount - before.executionCount === 2 ? now : undefined;
      });
      return {
        rows: after.inferenceCount - before.inferenceCount,
        runs: after.executionCount - before.executionCount,
        successes: after.inferenceStats!.success!.count - before.inferenceStats!.success!.count,
        queued: after.inferenceStats!.queue!.count - before.inferenceStats!.queue!.count,
        failures: after.inferenceStats!.fail!.count - before.inferenceStats!.fail!.count,
        batchSizes: after.batchStats.map(({ batchSize }) => batchSize),
        isRecent: Math.abs(Date.now() - after.lastInference) < 60_000,
      };
    },
    expected: {
      rows: 4,
      runs: 2,
      successes: 2,
      queued: 2,
      failures: 0,
      batchSizes: expect.arrayContaining([1, 3]),
      isRecent: true,
    },
  },
  {
    name: 'counts a run that raises as a failure, and one that answers with an error as a success',
    act: async (server) => {
      const count = async (): Promise<[number, number]> => {
        const [statistics] = await server.client.modelStatistics('failing');
        const { success, fail } = statistics!.inferenceStats!;
        return [success!.count, fail!.count];
      };
      const before = await count();
      for (const code of ['NO_STATUS', 'INTERNAL'])
        await inferOutputs(server, 'failing', [
          strings('code', [1, 1], [code]),
          strings('message', [1, 1], ['m']),
        ]).catch(() => undefined);
      return eventually(async () => {
        const now = await count();
        return now[0] + now[1] === before[0] + before[1] + 2
          ? now.map((value, i) => value - before[i]!)
          : undefined;
      });
    },
    expected: [1, 1],
  },
  {
    name: 'has counters of every version that is served',
    act: async ({ client }) =>
      (await client.modelStatistics()).map(({ name, version }) => `${name} ${version}`),
    expected: expect.arrayContaining(['sum 1', 'versions 1', 'versions 3']),
  },
  {
    name: 'ModelStatistics does not know a model',
    act: ({ client }) => client.modelStatistics('nothing'),
    expected: failure('unknown_model', CODE.INVALID_ARGUMENT, "requested model 'nothing' is not available"),
  },
  {
    name: 'ModelStatistics does not know a version',
    act: ({ client }) => client.modelStatistics('sum', '2'),
    expected: failure(
      'unknown_model',
      CODE.INVALID_ARGUMENT,
      "requested model version is not available for model 'sum'",
    ),
  },
];
