import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { encodeRequest } from '@pairstream/client/wire';
import { METHOD } from '@pairstream/client/wire';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { grpcFrame, openSession } from '../support/network/http2-call.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const MIB = 1_048_576;
/** Each has an error in the answer: 3.6 MB of them. */
const INVALID_PAIRS = 30_000;
const ANSWERS = 40;
let served: TestGateway;
let message: Buffer;

beforeAll(async () => {
  served = await startTestGateway(
    { maxMessageBytes: 8 * MIB },
    { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
  );
  const { users, tweets } = requestOf(await exampleRows(1));
  const pairs = {
    tweetIndex: Array.from({ length: INVALID_PAIRS }, () => 4_294_967_295),
    readerIndex: Array.from({ length: INVALID_PAIRS }, () => 0),
    authorFollowsReader: Array.from({ length: INVALID_PAIRS }, () => false),
    asOfS: Array.from({ length: INVALID_PAIRS }, () => 1_614_556_800),
  };
  message = grpcFrame(encodeRequest({ users, tweets, pairs }, 1));
});
afterAll(() => served[Symbol.asyncDispose]());

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${served.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^pairstream_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** Opens a call whose answers are not read: there is no listener for data. */
function openCall(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const call = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  return call.on('error', () => undefined);
}

describe('callers that do not read their answers', () => {
  it.each<[string, (session: ClientHttp2Session) => ClientHttp2Stream[]]>([
    [
      'of many unary calls',
      (session) =>
        Array.from({ length: ANSWERS }, () => {
          const call = openCall(session, METHOD.Predict.path);
          call.end(message);
          return call;
        }),
    ],
    [
      'of many streams',
      (session) =>
        Array.from({ length: ANSWERS }, () => {
          const call = openCall(session, METHOD.PredictStream.path);
          call.write(message);
          return call;
        }),
    ],
    [
      'of streams with many messages',
      (session) =>
        Array.from({ length: 2 }, () => {
          const call = openCall(session, METHOD.PredictStream.path);
          for (let i = 0; i < ANSWERS / 2; i += 1) call.write(message);
          return call;
        }),
    ],
  ])('%s lose the calls that have waited longest; others are answered', async (_name, start) => {
    const limitBytes = await metric('buffered_message_bytes_limit');
    const session = openSession(served.target);
    const calls = start(session);
    const request = requestOf(await exampleRows(20));
    let mostHeld = 0;
    const isReset = ({ rstCode }: ClientHttp2Stream): boolean =>
      rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM;
    while (!calls.some(isReset)) {
      const { like, rowStatus } = await served.client.predict(request);
      expect(like.length - rowStatus.length).toBe(20);
      mostHeld = Math.max(mostHeld, await metric('unread_answer_bytes'));
    }
    expect(mostHeld).toBeLessThanOrEqual(limitBytes);
    expect(calls.findIndex(isReset)).toBeLessThan(calls.length / 2);
    session.destroy();
    await expect.poll(() => metric('unread_answer_bytes'), { timeout: 150_000 }).toBe(0);
    await expect.poll(() => metric('buffered_message_bytes'), { timeout: 150_000 }).toBe(0);
  });
});
