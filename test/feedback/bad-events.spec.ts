import { randomBytes } from 'node:crypto';
import protobuf from 'protobufjs/minimal.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { messageType, PAIRSTREAM_MESSAGES } from '@pairstream/client/wire';
import { PAIR_RECORD_BYTES } from '../../src/feedback/events/pair-record.js';
import { Feedback } from '../../src/feedback/feedback.js';
import { TOKEN_BYTES, TOKEN_RECORD_AT, TokenCodec } from '../../src/feedback/tokens/token-codec.js';
import type { TokenKey } from '../../src/feedback/tokens/token-keys.js';
import { ServerClock } from '../../src/pairs/server-clock.js';
import { FeedbackHandler } from '../../src/gateway/grpc/service/feedback-handler.js';
import { FeedbackTelemetry } from '../../src/telemetry/feedback-telemetry.js';
import { Telemetry } from '../../src/telemetry/telemetry.js';
import { LOG_FULL, RecordingSink } from '../support/feedback/recording-sink.js';

const KEY: TokenKey = { id: 1, secret: new Uint8Array(randomBytes(16)) };
const SCHEME = 77;
const NOW_S = Math.floor(Date.now() / 1_000);
const PREDICTED_S = NOW_S - 86_400;
const NEVER = new AbortController().signal;
const { registry } = new Telemetry(1);
const telemetry = new FeedbackTelemetry(registry);
const faults: unknown[] = [];
const LIKE = 5;

let sink: RecordingSink;
let handler: FeedbackHandler;
let feedback: Feedback;

beforeEach(() => {
  sink = new RecordingSink();
  feedback = new Feedback({
    sink,
    eventLog: 'embedded',
    keyScheme: SCHEME,
    tokenKeys: [KEY],
    maxServedPairsBytes: 1e6,
  });
  const clock = new ServerClock({ warn: () => undefined });
  handler = new FeedbackHandler({ feedback, telemetry, clock, onFault: (error) => faults.push(error) });
});

/** A token of a record whose other bytes are all `fill`. */
function tokenOf({ keyScheme = SCHEME, predictedAtS = PREDICTED_S, key = KEY, fill = 0 } = {}): Uint8Array {
  const token = new Uint8Array(TOKEN_BYTES).fill(fill);
  const view = new DataView(token.buffer);
  view.setUint32(TOKEN_RECORD_AT, keyScheme, true);
  view.setUint32(TOKEN_RECORD_AT + 4, predictedAtS, true);
  new TokenCodec([key]).seal(token, Uint32Array.of(0));
  return token;
}

const TOKEN = tokenOf();

function encode(fields: object): Uint8Array {
  return messageType('pairstream.v1.FeedbackRequest')
    .encode({ sequence: 42, ...fields })
    .finish();
}

async function answer(bytes: Uint8Array) {
  const answered = await handler.answer(bytes, Infinity, NEVER);
  return PAIRSTREAM_MESSAGES.decode('pairstream.v1.FeedbackResponse', answered.bytes);
}

describe('a request that is refused as a whole', () => {
  it.each<[string, object, string]>([
    ['nothing', {}, 'token: 0 entries, expected 1 or more'],
    ['kinds alone', { kind: [LIKE] }, 'token: 0 entries'],
    ['no kind', { token: [TOKEN] }, 'kind: 0 entries, expected 1 or 1, one per event'],
    ['too few kinds', { token: [TOKEN, TOKEN, TOKEN], kind: [5, 5] }, 'kind: 2 entries, expected 1 or 3'],
    ['too many kinds', { token: [TOKEN], kind: [5, 5] }, 'kind: 2 entries'],
    [
      'too few times',
      { token: [TOKEN, TOKEN, TOKEN], kind: [5], timeS: [1, 2] },
      'time_s: 2 entries, expected 0, 1 or 3',
    ],
    ['too many times', { token: [TOKEN], kind: [5], timeS: [1, 2] }, 'time_s: 2 entries'],
    [
      'tokens beside a prediction',
      { token: [TOKEN], predictionId: new Uint8Array(16), pairIndex: [0], kind: [5] },
      'token: comes beside prediction_id',
    ],
    [
      'tokens beside indexes',
      { token: [TOKEN], pairIndex: [0], kind: [5] },
      'token: comes beside prediction_id or pair_index',
    ],
    ['indexes alone', { pairIndex: [0], kind: [5] }, 'pair_index: comes without prediction_id'],
    ['a prediction alone', { predictionId: new Uint8Array(16), kind: [5] }, 'pair_index: 0 entries'],
    [
      'a short prediction id',
      { predictionId: new Uint8Array(15), pairIndex: [0], kind: [5] },
      'prediction_id: 15 bytes, expected the 16',
    ],
  ])('%s', async (_name, fields, message) => {
    const { sequence, status, acceptedCount } = await answer(encode(fields));
    expect({ sequence, acceptedCount, code: status?.code }).toEqual({
      sequence: 42,
      acceptedCount: 0,
      code: 3,
    });
    expect(status?.message).toContain(message);
    expect(sink.events).toEqual([]);
  });

  it.each<[string, object]>([
    ['tokens', { token: Array.from({ length: 10_001 }, () => new Uint8Array(0)), kind: [5] }],
    [
      'indexes',
      { predictionId: new Uint8Array(16), pairIndex: Array.from({ length: 10_001 }, () => 0), kind: [5] },
    ],
    ['kinds', { token: [TOKEN], kind: Array.from({ length: 10_001 }, () => 5) }],
    ['times', { token: [TOKEN], kind: [5], timeS: Array.from({ length: 10_001 }, () => NOW_S) }],
  ])('more than 10,000 %s', async (_name, fields) => {
    const { status } = await answer(encode(fields));
    expect(status?.code).toBe(8);
    expect(status?.message).toContain('10000');
  });

  it.each<[string, Uint8Array]>([
    ['bytes that are no message', Uint8Array.of(0xff, 0xff, 0xff)],
    ['a token that passes the end', Uint8Array.of(0x12, 0x71, 1, 2, 3)],
    ['a token of another wire type', Uint8Array.of(0x10, 1)],
    ['a kind that is no varint', Uint8Array.of(0x2a, 1, 0x80)],
    ['a sequence as bytes', Uint8Array.of(0x0a, 1, 1)],
    ['10,001 unknown fields', new Uint8Array(20_002).fill(0x78).map((byte, i) => (i % 2 === 0 ? byte : 1))],
  ])('%s', async (_name, bytes) => {
    expect((await answer(bytes)).status?.code).toBe(3);
  });

  it('all events, if the sink refuses them', async () => {
    sink.beforeSubmit = () => Promise.reject(LOG_FULL);
    const { status } = await answer(encode({ token: [TOKEN], kind: [LIKE] }));
    expect(status).toMatchObject({ code: 8, message: LOG_FULL.message });
    expect(status?.details).toHaveLength(2);
  });

  it('at the deadline or a cancel, while the log has not answered', async () => {
    const log = Promise.withResolvers<void>();
    sink.beforeSubmit = () => log.promise;
    const bytes = encode({ token: [TOKEN], kind: [LIKE] });
    const late = await handler.answer(bytes, performance.now() + 5, NEVER);
    expect(late.error).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const cancelled = await handler.answer(bytes, Infinity, AbortSignal.abort());
    expect(cancelled.error).toMatchObject({ code: 'CANCELLED' });
    log.resolve();
  });

  it('after a drain has begun', async () => {
    handler.drain();
    expect((await answer(encode({ token: [TOKEN], kind: [LIKE] }))).status?.code).toBe(14);
  });
});

describe('a bad event fails alone', () => {
  /** An event beside two good ones. */
  async function middle(token: Uint8Array, kind: number, timeS: number | string = NOW_S) {
    const goods = [tokenOf({ fill: 1 }), tokenOf({ fill: 2 })];
    const response = await answer(
      encode({ token: [goods[0], token, goods[1]], kind: [LIKE, kind, LIKE], timeS: [NOW_S, timeS, NOW_S] }),
    );
    expect(response.status).toBeNull();
    return response;
  }

  it.each<[string, Uint8Array, string, string]>([
    ['an empty token', new Uint8Array(0), 'FEEDBACK_TOKEN_INVALID', 'token[1]: 0 bytes, expected 113'],
    ['a cut token', TOKEN.slice(0, -1), 'FEEDBACK_TOKEN_INVALID', 'token[1]: 112 bytes'],
    ['a long token', Buffer.concat([TOKEN, TOKEN]), 'FEEDBACK_TOKEN_INVALID', 'token[1]: 226 bytes'],
    [
      'another version',
      Uint8Array.from(TOKEN).fill(9, 0, 1),
      'FEEDBACK_TOKEN_INVALID',
      'token[1]: token version 9, expected 1',
    ],
    [
      'a retired key',
      tokenOf({ key: { ...KEY, id: 2 } }),
      'FEEDBACK_TOKEN_INVALID',
      'token[1]: key id 2 is unknown',
    ],
    [
      'a key of the same id',
      tokenOf({ key: { id: 1, secret: new Uint8Array(16) } }),
      'FEEDBACK_TOKEN_INVALID',
      'token[1]: not authentic',
    ],
    [
      'another key scheme',
      tokenOf({ keyScheme: 78 }),
      'FEEDBACK_TOKEN_FOREIGN',
      'token[1]: key scheme 78, expected 77',
    ],
  ])('%s', async (_name, token, reason, message) => {
    const { acceptedCount, eventStatus } = await middle(token, LIKE);
    expect(acceptedCount).toBe(2);
    expect(eventStatus).toMatchObject([{ eventIndex: 1, reason, message: expect.stringContaining(message) }]);
    expect(sink.events).toHaveLength(2);
  });

  it.each<[number, string]>([
    [0, 'kind[1]: 0 (unspecified), expected 1 (impression), 2 (reply), 3 (retweet), 4 (quote) or 5 (like)'],
    [6, 'kind[1]: 6, expected'],
    [255, 'kind[1]: 255, expected'],
    [1_000, 'kind[1]: 1000, expected'],
  ])('kind %i', async (kind, message) => {
    const { acceptedCount, eventStatus } = await middle(TOKEN, kind);
    expect(acceptedCount).toBe(2);
    expect(eventStatus).toMatchObject([
      { eventIndex: 1, code: 3, reason: 'INVALID_EVENT', message: expect.stringContaining(message) },
    ]);
  });

  it.each<[string, number | string, string]>([
    ['a negative time', -1, 'time_s[1]: -1, expected Unix seconds from 0 to 4294967295'],
    ['time 0', 0, `time_s[1]: 0, expected at least ${PREDICTED_S - 300}: 300 s before the prediction`],
    ['milliseconds', NOW_S * 1_000, `(milliseconds? ${NOW_S} in seconds)`],
    ['microseconds', NOW_S * 1e6, `(microseconds? ${NOW_S} in seconds)`],
    ['a huge time', '9223372036854775807', 'expected Unix seconds'],
    ['the smallest time', '-9223372036854775808', 'expected Unix seconds'],
    ['a time in the future', NOW_S + 3_600, "300 s after the server's clock"],
    ['a time before the prediction', PREDICTED_S - 301, `expected at least ${PREDICTED_S - 300}`],
  ])('%s', async (_name, timeS, message) => {
    const { acceptedCount, eventStatus } = await middle(TOKEN, LIKE, timeS);
    expect(acceptedCount).toBe(2);
    expect(eventStatus).toMatchObject([
      { eventIndex: 1, code: 3, reason: 'INVALID_EVENT', message: expect.stringContaining(message) },
    ]);
  });

  it('one time for all names entry 0', async () => {
    const { eventStatus } = await answer(encode({ token: [TOKEN, TOKEN], kind: [0], timeS: [-1] }));
    expect(eventStatus.map(({ message }) => message.split(':')[0])).toEqual(['kind[0]', 'kind[0]']);
  });

  it('a prediction in the future, by the clock of the server', async () => {
    const token = [tokenOf({ predictedAtS: NOW_S + 3_600 })];
    const { eventStatus } = await answer(encode({ token, kind: [LIKE] }));
    expect(eventStatus).toMatchObject([
      { reason: 'INVALID_EVENT', message: expect.stringContaining("(the server's clock)") },
    ]);
  });

  it('a token with one bit changed, at every byte', async () => {
    const token = Array.from({ length: TOKEN_BYTES }, (_, byte) => {
      const copy = TOKEN.slice();
      copy[byte]! ^= 1 << (byte % 8);
      return copy;
    });
    const { acceptedCount, eventStatus } = await answer(encode({ token, kind: [LIKE] }));
    expect(acceptedCount).toBe(0);
    expect(eventStatus.map(({ eventIndex }) => eventIndex)).toEqual([...token.keys()]);
    expect(new Set(eventStatus.map(({ reason }) => reason))).toEqual(new Set(['FEEDBACK_TOKEN_INVALID']));
    expect(sink.events).toEqual([]);
  });

  it('a pair that a prediction does not have', async () => {
    const predictionId = new Uint8Array(16).fill(3);
    feedback.served.add(predictionId, Uint32Array.of(0, 2), new Uint8Array(2 * PAIR_RECORD_BYTES));
    const pairIndex = [0, 1, 2, 3, 4_294_967_295];
    const { acceptedCount, duplicateCount, eventStatus } = await answer(
      encode({ predictionId, pairIndex, kind: [LIKE] }),
    );
    expect([acceptedCount, duplicateCount]).toEqual([1, 1]);
    expect(eventStatus.map(({ eventIndex, reason }) => [eventIndex, reason])).toEqual([
      [1, 'NOT_FOUND'],
      [3, 'NOT_FOUND'],
      [4, 'NOT_FOUND'],
    ]);
  });
});

describe('a request of 10,000 bad events', () => {
  /** One event in four has a bad kind, the others a bad token. */
  const kind = Array.from({ length: 10_000 }, (_, event) => (event % 4 === 0 ? 1_000 + event : LIKE));
  const bad = TOKEN.slice(1);
  const token = Array.from(kind, (_, event) => (event % 4 === 0 ? TOKEN : bad));

  it('has a small response: every event has its reason, and the first of each reason have messages', async () => {
    const { bytes } = await handler.answer(encode({ token, kind }), Infinity, NEVER);
    expect(bytes.length).toBeLessThan(400_000);
    const response = PAIRSTREAM_MESSAGES.decode('pairstream.v1.FeedbackResponse', bytes);
    expect(response.eventStatus.map(({ reason }) => reason)).toEqual(
      kind.map((_, event) => (event % 4 === 0 ? 'INVALID_EVENT' : 'FEEDBACK_TOKEN_INVALID')),
    );
    for (const reason of ['INVALID_EVENT', 'FEEDBACK_TOKEN_INVALID']) {
      const ofReason = response.eventStatus.filter((each) => each.reason === reason);
      expect(ofReason.findLastIndex(({ message }) => message !== '')).toBe(19);
      expect(ofReason.findIndex(({ message }) => message === '')).toBe(20);
    }
  });

  it('has bounded labels in the metrics: kinds that do not exist are one kind', async () => {
    const before = await countsOf('INVALID_EVENT');
    await answer(encode({ token, kind }));
    const after = await countsOf('INVALID_EVENT');
    expect(after.get('unknown')).toBe((before.get('unknown') ?? 0) + 2_500);
    expect((await countsOf('FEEDBACK_TOKEN_INVALID')).get('like')).toBeGreaterThanOrEqual(7_500);
    const all = await registry.getSingleMetric('pairstream_feedback_events_total')!.get();
    const kinds = new Set(all.values.map(({ labels }) => labels['kind']));
    expect(kinds.has('unknown')).toBe(true);
    expect(kinds.size).toBeLessThanOrEqual(6);
  });

  /** Counted events of an outcome, by kind. */
  async function countsOf(outcome: string): Promise<ReadonlyMap<unknown, number>> {
    const { values } = await registry.getSingleMetric('pairstream_feedback_events_total')!.get();
    return new Map(
      values
        .filter(({ labels }) => labels['outcome'] === outcome)
        .map(({ labels, value }) => [labels['kind'], value]),
    );
  }
});

describe('times at the limits are taken', () => {
  it.each([NOW_S + 290, PREDICTED_S - 300, PREDICTED_S])('%i', async (timeS) => {
    expect(await answer(encode({ token: [TOKEN], kind: [LIKE], timeS: [timeS] }))).toMatchObject({
      acceptedCount: 1,
      eventStatus: [],
    });
    expect(sink.events).toMatchObject([{ timeS, kind: 3 }]);
  });
});

describe('other encodings of the same request', () => {
  it('columns that are not packed, unknown fields and a sequence of 64 bits', async () => {
    const writer = protobuf.Writer.create();
    writer.uint32(0x08).uint64('18446744073709551615');
    writer.uint32(0x12).bytes(tokenOf({ fill: 1 }));
    writer.uint32(0x28).uint32(LIKE);
    writer.uint32(0x78).uint32(1).uint32(0x7a).string('unknown');
    writer.uint32(0x12).bytes(tokenOf({ fill: 2 }));
    writer
      .uint32(0x28)
      .uint32(1)
      .uint32(0x30)
      .int64(NOW_S)
      .uint32(0x30)
      .int64(NOW_S - 1);
    const { bytes } = await handler.answer(writer.finish(), Infinity, NEVER);
    const response = PAIRSTREAM_MESSAGES.decode('pairstream.v1.FeedbackResponse', bytes);
    expect(response).toMatchObject({ acceptedCount: 2, eventStatus: [] });
    expect(Buffer.from(bytes.subarray(0, 11)).toString('hex')).toBe('08ffffffffffffffffff01');
    expect(sink.events.map(({ kind, timeS }) => [kind, timeS])).toEqual([
      [3, NOW_S],
      [4, NOW_S - 1],
    ]);
  });

  it('never is an internal error', () => {
    expect(faults).toEqual([]);
  });
});
