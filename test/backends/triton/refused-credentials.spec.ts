import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeTriton, goldenModel } from '@pairstream/triton-testing';
import type { TritonBackend } from '../../../src/backends/triton/triton-backend.js';
import type { ModelHandle } from '../../../src/backends/backend.js';
import { answerPage, GRPC } from '../../clients/broken-answers.js';
import { tritonBackend } from '../../conformance/backend-kinds.js';
import { readModelConfig } from '../../conformance/fake-models.js';
import {
  farthest,
  goldenInputs,
  outputMatrices,
  readGolden,
  REPOSITORY,
} from '../../conformance/golden-tensors.js';
import { type RawCall, RawHttp2Server } from '../../support/network/raw-http2-server.js';

const MODEL = 'xgb1';

/** Servers that refuse every call of the gateway, and the words of the refusal. */
const REFUSALS: readonly {
  readonly name: string;
  readonly answer: (call: RawCall) => unknown;
  readonly words: string;
}[] = [
  { name: 'HTTP 401', answer: (call) => answerPage(call, 401), words: 'HTTP status 401 (Unauthorized)' },
  { name: 'HTTP 403', answer: (call) => answerPage(call, 403), words: 'HTTP status 403 (Forbidden)' },
  { name: 'UNAUTHENTICATED', answer: (call) => refuse(call, '16', 'no token'), words: 'no token' },
  { name: 'PERMISSION_DENIED', answer: (call) => refuse(call, '7', 'not for you'), words: 'not for you' },
  {
    name: 'a restricted protocol',
    answer: (call) => refuse(call, '14', "This protocol is restricted, expecting header 'k'"),
    words: "This protocol is restricted, expecting header 'k'",
  },
];

function refuse(call: RawCall, status: string, text: string): void {
  call.headers({ ...GRPC, 'grpc-status': status, 'grpc-message': text }, true);
}

function load(backend: TritonBackend): Promise<ModelHandle> {
  const location = { name: MODEL, version: '1', directory: join(REPOSITORY, MODEL) };
  return backend.load(location, () => Promise.resolve());
}

describe.each(REFUSALS)('a Triton that refuses the credentials by $name', ({ answer, words }) => {
  it('alone is BACKEND_UNAVAILABLE, with its words', async () => {
    using server = await RawHttp2Server.start(answer);
    const backend = tritonBackend(server.target, 0);
    await expect(load(backend)).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringContaining(words) as unknown,
    });
    await backend.close();
  });

  it('beside another one is named, and the other one answers', async () => {
    const golden = readGolden(MODEL);
    await using fake = await FakeTriton.start({
      models: [goldenModel(readModelConfig(REPOSITORY, MODEL), golden)],
    });
    using server = await RawHttp2Server.start(answer);
    const backend = tritonBackend(`${server.target},${fake.target}`, 0);
    const model = await load(backend);
    const rows = [0, 1, 2];
    const outputs = outputMatrices(golden, rows.length, 0);
    const context = { deadlineMs: Infinity, signal: new AbortController().signal };
    await model.infer(rows.length, goldenInputs(golden, rows, rows.length), outputs, context);
    expect(farthest(golden, rows, outputs)).toBeLessThanOrEqual(golden.tolerance);
    await expect
      .poll(() => backend.describe().find(({ target }) => target === server.target)?.models[MODEL], {
        timeout: 150_000,
      })
      .toContain(words);
    await backend.close();
  });
});
