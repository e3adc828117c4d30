import { constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { encodeRequest } from '@pairstream/client/wire';
import { METHOD } from '@pairstream/client/wire';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { grpcFrame } from '../support/network/http2-call.js';
import {
  callHeaders,
  FLAG,
  FRAME,
  headerFrames,
  hpackLiteral,
  http2Frame,
  RawHttp2Connection,
  SETTING,
  settingsPayload,
  uint32,
} from '../support/network/raw-http2.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const FLOOD_MS = 1_000;
const CONNECTIONS = 3;
const MOST_GROWTH_BYTES = 400 * 1_048_576;
/** Most times that a step is repeated in a round, and ids of streams that a round uses. */
const STEPS = 100;

interface Flood {
  readonly settings?: readonly (readonly [id: number, value: number])[];
  /** False: the client reads nothing from its socket. */
  readonly reads?: false;
  /** Frames of one round. A stream id is used once: STEPS of them are free from the given one on, each 2 above the last. */
  readonly round: (firstStreamId: number) => Buffer[];
  /**
   * Error code of the GOAWAY that ends the connection; undefined: the connection lives. For most faults that nghttp2 finds, Node
   * sends INTERNAL_ERROR.
   */
  readonly endsWith?: number;
}

const times = (count: number, frame: Buffer): Buffer[] => Array.from({ length: count }, () => frame);
const onStreams = (step: (streamId: number) => Buffer[]) => (first: number) =>
  Array.from({ length: STEPS }, (_, i) => step(first + 2 * i)).flat();
const open = (streamId: number, path?: string): Buffer =>
  http2Frame(FRAME.headers, FLAG.endHeaders, streamId, callHeaders(path));
const openAndEnd = (streamId: number, path?: string): Buffer =>
  http2Frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, streamId, callHeaders(path));
const neverEnding = (streamId: number): Buffer =>
  http2Frame(FRAME.headers, FLAG.none, streamId, callHeaders());
const reset = (streamId: number): Buffer => http2Frame(FRAME.rstStream, FLAG.none, streamId, uint32(8));
const window = (streamId: number, bytes: number): Buffer =>
  http2Frame(FRAME.windowUpdate, FLAG.none, streamId, uint32(bytes));
const PADDING = hpackLiteral('x-padding', 'a'.repeat(100));
const PING = http2Frame(FRAME.ping, FLAG.none, 0, Buffer.alloc(8));
const SETTINGS = http2Frame(
  FRAME.settings,
  FLAG.none,
  0,
  settingsPayload([[SETTING.maxConcurrentStreams, 100]]),
);

let served: TestGateway;
let message: Buffer;
const ask = (streamId: number): Buffer[] => [
  open(streamId, METHOD.Predict.path),
  http2Frame(FRAME.data, FLAG.endStream, streamId, message),
];

beforeAll(async () => {
  served = await startTestGateway(
    {},
    { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
  );
  message = grpcFrame(encodeRequest(requestOf(await exampleRows(20)), 1));
});
afterAll(() => served[Symbol.asyncDispose]());

/** Sends rounds until the time is over and a connection that is to end has ended; on a new connection whenever one ends. @returns error codes of the ends */
async function run(
  { settings, reads, round, endsWith }: Flood,
  state: { isOver: boolean },
): Promise<number[]> {
  const codes: number[] = [];
  const isMissed = (): boolean => endsWith !== undefined && codes.length === 0;
  while (!state.isOver || isMissed()) {
    const connection = new RawHttp2Connection(served.target, settings);
    if (reads === false) connection.stopReading();
    for (let id = 1; !connection.isClosed && (!state.isOver || isMissed()); id += 2 * STEPS) {
      await connection.send(...round(id));
      await new Promise(setImmediate);
    }
    if (connection.goawayCode !== undefined) codes.push(connection.goawayCode);
    connection.close();
  }
  return codes;
}

describe('a flood on three connections: the process lives, and another caller is answered', () => {
  it.each<[string, Flood]>([
    [
      'CONTINUATION frames that never end',
      {
        round: onStreams((id) => [
          neverEnding(id),
          ...times(20, http2Frame(FRAME.continuation, FLAG.none, id, PADDING)),
        ]),
        endsWith: constants.NGHTTP2_INTERNAL_ERROR,
      },
    ],
    [
      'empty CONTINUATION frames',
      {
        round: onStreams((id) => [
          neverEnding(id),
          ...times(20, http2Frame(FRAME.continuation, FLAG.none, id)),
        ]),
        endsWith: constants.NGHTTP2_INTERNAL_ERROR,
      },
    ],
    ['calls that are reset at once', { round: onStreams((id) => [open(id), reset(id)]) }],
    [
      'calls that make the server reset them: a window update of 0',
      { round: onStreams((id) => [open(id), window(id, 0)]), endsWith: constants.NGHTTP2_PROTOCOL_ERROR },
    ],
    [
      'calls that make the server reset them: a window above 2^31',
      {
        round: onStreams((id) => [open(id), window(id, 0x7f_ff_ff_ff)]),
        endsWith: constants.NGHTTP2_FLOW_CONTROL_ERROR,
      },
    ],
    [
      'calls that make the server reset them: data after the end',
      {
        round: onStreams((id) => [openAndEnd(id), http2Frame(FRAME.data, FLAG.none, id, Buffer.alloc(1))]),
        endsWith: constants.NGHTTP2_STREAM_CLOSED,
      },
    ],
    ['calls of no method', { round: onStreams((id) => [openAndEnd(id, '/none')]) }],
    ['SETTINGS', { round: () => times(4_000, SETTINGS), endsWith: constants.NGHTTP2_INTERNAL_ERROR }],
    ['SETTINGS whose acknowledgements are not read', { reads: false, round: () => times(4_000, SETTINGS) }],
    ['PING', { round: () => times(4_000, PING), endsWith: constants.NGHTTP2_INTERNAL_ERROR }],
    ['PING whose answers are not read', { reads: false, round: () => times(4_000, PING) }],
    [
      'acknowledgements of PINGs that were not sent',
      {
        round: () => times(4_000, http2Frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8))),
        endsWith: constants.NGHTTP2_INTERNAL_ERROR,
      },
    ],
    [
      'PRIORITY',
      {
        round: onStreams((id) => times(20, http2Frame(FRAME.priority, FLAG.none, id, Buffer.alloc(5)))),
        endsWith: constants.NGHTTP2_ENHANCE_YOUR_CALM,
      },
    ],
    [
      'empty DATA',
      {
        round: (id) => [open(id), ...times(4_000, http2Frame(FRAME.data, FLAG.none, id))],
        endsWith: constants.NGHTTP2_INTERNAL_ERROR,
      },
    ],
    [
      'DATA of one byte',
      { round: (id) => [open(id), ...times(500, http2Frame(FRAME.data, FLAG.none, id, Buffer.alloc(1)))] },
    ],
    [
      'frames of an unknown type',
      {
        round: () => times(4_000, http2Frame(0x77, FLAG.none, 0)),
        endsWith: constants.NGHTTP2_ENHANCE_YOUR_CALM,
      },
    ],
    ['window updates of one byte', { round: () => times(4_000, window(0, 1)) }],
    [
      'window updates of one byte while answers wait',
      {
        settings: [[SETTING.initialWindowSize, 0]],
        round: onStreams((id) => [...ask(id), ...times(50, window(id, 1))]),
      },
    ],
    [
      'answers that wait for a window of 0',
      { settings: [[SETTING.initialWindowSize, 0]], round: onStreams(ask) },
    ],
    ['answers that are not read from the socket', { reads: false, round: onStreams(ask) }],
    [
      'text that is no HTTP/2',
      { round: () => [Buffer.from('GET / HTTP/1.1\r\n\r\n')], endsWith: constants.NGHTTP2_FRAME_SIZE_ERROR },
    ],
    [
      'a header value above 64 KiB',
      {
        round: (id) =>
          headerFrames(id, Buffer.concat([callHeaders(), hpackLiteral('x-big', 'a'.repeat(70_000))])),
        endsWith: constants.NGHTTP2_COMPRESSION_ERROR,
      },
    ],
    [
      'a header name above 64 KiB',
      {
        round: (id) =>
          headerFrames(id, Buffer.concat([callHeaders(), hpackLiteral('x'.repeat(70_000), 'a')])),
        endsWith: constants.NGHTTP2_COMPRESSION_ERROR,
      },
    ],
  ])('%s', async (_name, flood) => {
    const request = requestOf(await exampleRows(20));
    const before = process.memoryUsage.rss();
    const state = { isOver: false };
    setTimeout(() => (state.isOver = true), FLOOD_MS);
    const flooding = Promise.all(Array.from({ length: CONNECTIONS }, () => run(flood, state)));
    let answeredCount = 0;
    while (!state.isOver) {
      const { like, rowStatus } = await served.client.predict(request);
      expect(like.length - rowStatus.length).toBe(20);
      answeredCount += 1;
    }
    expect(answeredCount).toBeGreaterThan(0);
    const codes = (await flooding).flat();
    expect([...new Set(codes)]).toEqual(flood.endsWith === undefined ? [] : [flood.endsWith]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(MOST_GROWTH_BYTES);
  });
});

describe('a caller that cancels its calls', () => {
  const cancelAll = onStreams((id) => [open(id), reset(id)]);

  it('keeps its connection', async () => {
    const connection = new RawHttp2Connection(served.target);
    const last = 10_001;
    for (let id = 1; id < last; id += 2 * STEPS) await connection.send(...cancelAll(id));
    await connection.send(...ask(last));
    await expect
      .poll(() => connection.endedStreams.has(last) || connection.isClosed, { timeout: 150_000 })
      .toBe(true);
    expect(connection.isClosed).toBe(false);
    connection.close();
  });

  it('loses its connection, and no other caller does, when it cancels far more than it may have open', async () => {
    await using narrow = await startTestGateway(
      { maxStreamsPerConnection: STEPS },
      { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
    );
    const request = requestOf(await exampleRows(20));
    const connection = new RawHttp2Connection(narrow.target);
    for (let id = 1; !connection.isClosed; id += 2 * STEPS) {
      await connection.send(...cancelAll(id));
      expect((await narrow.client.predict(request)).like).toHaveLength(20);
    }
    expect(connection.goawayCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  });
});
