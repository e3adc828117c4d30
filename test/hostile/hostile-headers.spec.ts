import { type ClientHttp2Session, constants, type OutgoingHttpHeaders } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { grpcFrame, http2Call, openSession } from '../support/network/http2-call.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const EMPTY = grpcFrame(Buffer.alloc(0));
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
afterEach(async () => {
  await expectAnswer();
  session.destroy();
});

/** The connection lives: the next call on it is answered. */
async function expectAnswer(): Promise<void> {
  expect(await http2Call(session, {}, EMPTY)).toMatchObject({ code: status.OK });
}

function manyHeaders(count: number, suffix = ''): OutgoingHttpHeaders {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-h${i}${suffix}`, 'v']));
}

describe('headers that are accepted', () => {
  it.each<[string, OutgoingHttpHeaders]>([
    ['300 headers', manyHeaders(300)],
    ['one of 15 kB', { 'x-big': 'a'.repeat(15_000) }],
    ['a binary header of 4,000 commas', { 'x-bin': ','.repeat(4_000) }],
    ['a binary header, fifteen times', { 'x-bin': Array.from({ length: 15 }, () => ','.repeat(900)) }],
    ['300 binary headers', manyHeaders(300, '-bin')],
    ['a name that gRPC forbids', { 'x!y': 'v' }],
    ['a value that is not ASCII', { 'x-latin': 'é' }],
    ['a deadline of 25 days', { 'grpc-timeout': '2160000S' }],
    ['a deadline of 50 days', { 'grpc-timeout': '1200H' }],
    ['a deadline of 100 days', { 'grpc-timeout': '2400H' }],
    ['a deadline of 200 years', { 'grpc-timeout': '1752000H' }],
    ['the longest deadline', { 'grpc-timeout': '99999999H' }],
    ['a deadline of 99,999,999 ms', { 'grpc-timeout': '99999999m' }],
  ])('%s', async (_name, headers) => {
    expect(await http2Call(session, headers, EMPTY)).toMatchObject({ code: status.OK });
  });
});

describe('headers that are refused', () => {
  it.each<[string, OutgoingHttpHeaders]>([
    ['500 headers', manyHeaders(500)],
    ['one of 17 kB', { 'x-big': 'a'.repeat(17_000) }],
    ['one of 60 kB', { 'x-big': 'a'.repeat(60_000) }],
    ['binary headers of 30 kB', { 'x-bin': ','.repeat(30_000) }],
    ['a path of 20 kB', { ':path': `/${'p'.repeat(20_000)}` }],
    ['a host of 20 kB', { ':authority': 'h'.repeat(20_000) }],
    ['a timeout of 20 kB', { 'grpc-timeout': '1'.repeat(20_000) }],
  ])(
    '%s, before the limit is acknowledged: RESOURCE_EXHAUSTED that says how large they may be',
    async (_name, headers) => {
      const end = await http2Call(session, headers, EMPTY);
      expect(end.code).toBe(status.RESOURCE_EXHAUSTED);
      expect(end.message).toMatch(/^headers: \d+ bytes in \d+ headers, at most 16384 are accepted/);
      expect(end.details?.reason).toBe('MESSAGE_TOO_LARGE');
    },
  );

  it.each<[string, OutgoingHttpHeaders]>([
    ['500 headers', manyHeaders(500)],
    ['5,000 headers', manyHeaders(5_000)],
    ['one of 17 kB', { 'x-big': 'a'.repeat(17_000) }],
    [
      'a binary header of 4,000 commas, fifteen times',
      { 'x-bin': Array.from({ length: 15 }, () => ','.repeat(4_000)) },
    ],
    ['a path of 20 kB', { ':path': `/${'p'.repeat(20_000)}` }],
    ['two of 40 kB', { 'x-a': 'a'.repeat(40_000), 'x-b': 'a'.repeat(40_000) }],
  ])('%s, once the limit is acknowledged: that call alone is reset', async (_name, headers) => {
    // The bound holds from the caller's acknowledgement of the settings.
    await http2Call(session, {}, EMPTY);
    const end = await http2Call(session, headers, EMPTY);
    expect(end).toMatchObject({ code: undefined, rstCode: constants.NGHTTP2_ENHANCE_YOUR_CALM });
  });

  it.each(['', '1', 'S', '-1S', '1.5S', '123456789S', '1x', '1S, 1S', '0x10S', '1S S', 'é'])(
    'grpc-timeout %j: INVALID_ARGUMENT with the value',
    async (timeout) => {
      const end = await http2Call(session, { 'grpc-timeout': timeout }, EMPTY);
      expect(end.code).toBe(status.INVALID_ARGUMENT);
      expect(end.message).toMatch(/^grpc-timeout: ".*", expected 1 to 8 digits and a unit/);
      expect(end.details?.reason).toBe('INVALID_REQUEST');
    },
  );

  it('a path that is not ASCII: UNIMPLEMENTED', async () => {
    expect(await http2Call(session, { ':path': '/é' }, EMPTY)).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it('are counted', async () => {
    const text = await (await fetch(`${served.adminUrl}/metrics`)).text();
    expect(text).toMatch(/^pairstream_refused_calls_total\{reason="headers"\} \d+$/m);
  });
});

it('the largest header list is told to every caller', async () => {
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  expect(session.remoteSettings.maxHeaderListSize).toBe(16_384);
});
