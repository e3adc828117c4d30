import { once } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { MAX_REFLECTION_CALLS } from '../../src/gateway/grpc/limits/bounded-reflection.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { grpcFrame, http2Call, openSession } from '../support/network/http2-call.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const REQUESTS = 5_000;
const SYMBOL = Buffer.from('pairstream.v1.PairService');
/** Asks for the file that has the symbol: the answer is some thousand bytes. */
const REQUEST = grpcFrame(Buffer.concat([Buffer.from([0x22, SYMBOL.length]), SYMBOL]));
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let served: TestGateway;
let session: ClientHttp2Session;

beforeAll(async () => {
  served = await startTestGateway(
    {},
    { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
  );
});
afterAll(() => served[Symbol.asyncDispose]());
beforeEach(() => {
  session = openSession(served.target);
});
afterEach(() => session.destroy());

function openReflection(version: string): ClientHttp2Stream {
  const call = session.request({
    ':method': 'POST',
    ':path': `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  return call.on('error', () => undefined);
}

async function expectOthersServed(): Promise<void> {
  const { like, rowStatus } = await served.client.predict(requestOf(await exampleRows(20)));
  expect(like.length - rowStatus.length).toBe(20);
}

/** Memory in use, without garbage. */
function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe.each(['v1', 'v1alpha'])('reflection %s', (version) => {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;

  it('reads requests as its caller reads answers, and answers all of them in the end', async () => {
    const { body } = await http2Call(session, { ':path': path }, REQUEST);
    expect(body.length).toBeGreaterThan(1_000);
    const totalBytes = REQUESTS * body.length;
    const before = usedBytes();
    const call = openReflection(version);
    // Without a listener for data the window of the stream stays shut once it is full.
    call.end(Buffer.concat(Array.from({ length: REQUESTS }, () => REQUEST)));
    await once(call, 'response');
    await expectOthersServed();
    await expectOthersServed();
    expect(usedBytes() - before).toBeLessThan(totalBytes / 2);
    let readBytes = 0;
    call.on('data', (bytes: Buffer) => (readBytes += bytes.length));
    await once(call, 'end');
    expect(readBytes).toBe(totalBytes);
  });

  it(`${MAX_REFLECTION_CALLS} calls are open at most; the next is refused, and accepted when one has ended`, async () => {
    const calls = Array.from({ length: MAX_REFLECTION_CALLS }, () => openReflection(version));
    for (const call of calls) call.write(REQUEST);
    await Promise.all(calls.map((call) => once(call, 'response')));
    const refused = openReflection(version);
    const [headers] = (await once(refused, 'response')) as [IncomingHttpHeaders];
    expect(headers).toMatchObject({
      'grpc-status': String(status.RESOURCE_EXHAUSTED),
      'grpc-message': expect.stringContaining('64%20reflection%20calls%20are%20open'),
    });
    await expectOthersServed();
    calls[0]!.close();
    await expect
      .poll(async () => (await http2Call(session, { ':path': path }, REQUEST)).code)
      .toBe(status.OK);
  });
});
