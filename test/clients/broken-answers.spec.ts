import { describe, expect, it } from 'vitest';
import { TritonClient, TritonError } from '@pairstream/triton-client';
import { RawHttp2Server } from '../support/network/raw-http2-server.js';
import { answerPage, answerWell, BREAKS, CLOSED, HEADS, PAGES, REFUSES } from './broken-answers.js';

/** No case may need the deadline. */
const OPTIONS = { timeoutMs: 60_000 };
/** Requests: the server takes the small one whole, and of the large one only the beginning. */
const SIZES = [
  { size: 'small', width: 2, after: 'its end' },
  { size: 'large', width: 100_000, after: 'its head' },
] as const;

function requestOf(width: number): Parameters<TritonClient['infer']>[0] {
  const data = new Float32Array(width);
  return { modelName: 'm', inputs: [{ name: 'x', datatype: 'FP32', shape: [1, width], data }] };
}

async function failureOf(call: Promise<unknown>): Promise<TritonError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof TritonError) return thrown;
  throw new TypeError('no TritonError', { cause: thrown });
}

/** The failure of a stream of one request. Answers that came before the failure are empty. */
async function streamFailure(client: TritonClient, width: number): Promise<TritonError> {
  const read = async (): Promise<void> => {
    for await (const { id } of client.streamInfer([requestOf(width)], OPTIONS)) expect(id).toBe('');
  };
  return await failureOf(read());
}

describe.each(SIZES)('a $size request', ({ width, after }) => {
  it.each(BREAKS)(
    'fails as down for $name, and the next one is answered',
    async ({ answer, callCount = 1, text }) => {
      let isBroken = true;
      using server = await RawHttp2Server.start(
        (call) => (isBroken ? answer(call) : answerWell(call)),
        after,
      );
      using client = new TritonClient({ target: server.target });
      const { kind, message } = await failureOf(client.infer(requestOf(width), OPTIONS));
      expect({ kind, callCount: server.callCount }).toEqual({ kind: 'down', callCount });
      expect(message).toMatch(text);
      isBroken = false;
      expect((await client.infer(requestOf(2), OPTIONS)).outputs.size).toBe(0);
    },
  );

  it.each(PAGES)('fails for HTTP status %i with a page as %s', async (httpStatus, kind, message) => {
    using server = await RawHttp2Server.start((call) => answerPage(call, httpStatus), after);
    using client = new TritonClient({ target: server.target });
    expect(await failureOf(client.infer(requestOf(width), OPTIONS))).toMatchObject({ kind, message });
    expect(server.callCount).toBe(1);
  });

  it.each(HEADS)('fails for %s', async (_name, headers, kind, message) => {
    using server = await RawHttp2Server.start((call) => call.headers(headers, true), after);
    using client = new TritonClient({ target: server.target });
    expect(await failureOf(client.infer(requestOf(width), OPTIONS))).toMatchObject({ kind, message });
  });
});

describe.each(SIZES)('a stream with a $size request', ({ width, after }) => {
  it.each(BREAKS)('fails as down for $name', async ({ answer, text }) => {
    using server = await RawHttp2Server.start(answer, after);
    using client = new TritonClient({ target: server.target });
    const { kind, message } = await streamFailure(client, width);
    expect({ kind, callCount: server.callCount }).toEqual({ kind: 'down', callCount: 1 });
    expect(message).toMatch(text === REFUSES ? CLOSED : text);
  });

  it.each(PAGES)('fails for HTTP status %i with a page as %s', async (httpStatus, kind, message) => {
    using server = await RawHttp2Server.start((call) => answerPage(call, httpStatus), after);
    using client = new TritonClient({ target: server.target });
    expect(await streamFailure(client, width)).toMatchObject({ kind, message });
  });

  it.each(HEADS)('fails for %s', async (_name, headers, kind, message) => {
    using server = await RawHttp2Server.start((call) => call.headers(headers, true), after);
    using client = new TritonClient({ target: server.target });
    expect(await streamFailure(client, width)).toMatchObject({ kind, message });
  });
});
