import { afterEach, beforeEach } from 'vitest';
import { type InferRequest, TritonClient, TritonError } from '@pairstream/triton-client';
import {
  type FakeModel,
  FakeTriton,
  type FakeTritonOptions,
  identityModel,
} from '@pairstream/triton-testing';

/** Gives back what it gets, of many datatypes. */
export const ECHO = identityModel('echo', {
  x: 'FP32',
  n: 'INT32',
  s: 'BYTES',
  h: 'FP16',
  b: 'BF16',
  d: 'FP64',
});

const single = identityModel('queued', { x: 'FP32' }, { maxBatchSize: 1 });
/** The same, one row at a time; two requests may wait, each as long as it says. */
export const QUEUED: FakeModel = {
  ...single,
  config: {
    ...single.config,
    dynamicBatching: {
      defaultQueuePolicy: {
        defaultTimeoutMicroseconds: 60_000_000,
        allowTimeoutOverride: true,
        maxQueueSize: 2,
      },
    },
  },
};

/** What `ask` gets of one row. */
export const GOOD = ['FP32', [1, 2], [1, 2]];
/** How often something that comes soon is looked for. */
export const SOON = { interval: 2 };

/** A fake server with ECHO and QUEUED, and a client of it. */
export class StartedFake implements AsyncDisposable {
  private constructor(
    readonly triton: FakeTriton,
    readonly client: TritonClient,
  ) {}

  static async start(options: Partial<FakeTritonOptions> = {}): Promise<StartedFake> {
    const triton = await FakeTriton.start({ models: [ECHO, QUEUED], ...options });
    return new StartedFake(triton, new TritonClient({ target: triton.target }));
  }

  /** Sends rows [1, 2], [3, 4] ... @returns datatype, shape and elements of what comes back */
  async ask(modelName = 'echo', rowCount = 1, parameters: InferRequest['parameters'] = {}): Promise<unknown> {
    const { outputs } = await this.client.infer({ ...requestOf(modelName, rowCount), parameters });
    const output = outputs.get('x_out');
    return output && [output.datatype, output.shape, Array.from(output.data as ArrayLike<number>)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.triton[Symbol.asyncDispose]();
  }
}

/** Starts a fake before every test of a file and closes it after the test. The result is valid inside tests. */
export function startFakePerTest(): Pick<StartedFake, 'triton' | 'client' | 'ask'> {
  let fake: StartedFake;
  beforeEach(async () => {
    fake = await StartedFake.start();
  });
  afterEach(() => fake[Symbol.asyncDispose]());
  return {
    get triton() {
      return fake.triton;
    },
    get client() {
      return fake.client;
    },
    ask: (...words) => fake.ask(...words),
  };
}

/** What `ask` sends. */
export function requestOf(modelName = 'echo', rowCount = 1): InferRequest {
  const data = Float32Array.from({ length: rowCount * 2 }, (_, i) => i + 1);
  return { modelName, inputs: [{ name: 'x', datatype: 'FP32', shape: [rowCount, 2], data }] };
}

/** Kind and text of an error, or the value where there is none. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof TritonError) return { kind: error.kind, text: error.message };
    throw error;
  }
}
