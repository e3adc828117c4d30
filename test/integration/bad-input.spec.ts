import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerError } from '@pairstream/client';
import { decodeAnswer } from '@pairstream/client/wire';
import { encodeRequest } from '@pairstream/client/wire';
import type { PartRow } from '../../src/pairs/part-row.js';
import { type PartRowRequest, exampleRows, requestOf } from '../support/requests/example-rows.js';
import { openRawStream } from '../support/network/raw-call.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

let served: TestGateway;
let rows: PartRow[];

beforeAll(async () => {
  [served, rows] = await Promise.all([startTestGateway(), exampleRows(200)]);
});
afterAll(() => served[Symbol.asyncDispose]());

/** Five rows of different tweets, authors and readers. */
function uniqueRows(): PartRow[] {
  const seen = new Set<string>();
  return rows
    .filter(({ tweetId, author, reader }) => {
      const ids = [tweetId, author.id, reader.id];
      if (ids.some((id) => seen.has(id))) return false;
      for (const id of ids) seen.add(id);
      return true;
    })
    .slice(0, 5);
}

function change(edit: (request: PartRowRequest) => void, rowCount = 5): PartRowRequest {
  const request = requestOf(rows.slice(0, rowCount));
  edit(request);
  return request;
}

async function refusal(request: PartRowRequest): Promise<ServerError> {
  try {
    await served.client.predict(request);
  } catch (error) {
    if (error instanceof ServerError) return error;
    throw error;
  }
  throw new Error('the request was not refused');
}

describe('a message that is wrong as a whole is refused, naming the field', () => {
  it.each<[string, (request: PartRowRequest) => void, string]>([
    [
      'no pairs',
      (r) => Object.assign(r.pairs, requestOf([]).pairs),
      'pairs.tweet_index: 0 pairs, expected 1 or more',
    ],
    ['a short column', (r) => r.users.followerCount.pop(), 'users.follower_count: '],
    ['a short column of tweets', (r) => r.tweets.language.pop(), 'tweets.language: '],
    [
      'a short column of pairs',
      (r) => r.pairs.authorFollowsReader.pop(),
      'pairs.author_follows_reader: 4 entries',
    ],
    ['token counts that lie', (r) => (r.tweets.tokenCount[0]! += 1), 'tweets.token: '],
    ['media counts that lie', (r) => r.tweets.media.push(1), 'tweets.media: '],
    ['times for some pairs', (r) => r.pairs.asOfS.pop(), 'pairs.as_of_s: 4 entries, expected 0, 1 or 5'],
  ])('%s', async (_name, edit, message) => {
    const error = await refusal(change(edit));
    expect(error).toMatchObject({ code: 3, reason: 'INVALID_REQUEST' });
    expect(error.message).toContain(message);
    expect(message).toContain(error.field);
  });

  it('100,001 pairs', async () => {
    const request = change(() => undefined, 1);
    const many = 100_001;
    request.pairs = {
      tweetIndex: Array.from({ length: many }, () => 0),
      readerIndex: Array.from({ length: many }, () => 1),
      authorFollowsReader: Array.from({ length: many }, () => false),
      asOfS: [],
    };
    expect(await refusal(request)).toMatchObject({ code: 8, reason: 'MESSAGE_TOO_LARGE' });
  });
});

describe('a pair that is wrong is NaN with its reason, and all others are answered', () => {
  it.each<[string, (request: PartRowRequest) => void, RegExp]>([
    [
      'an id of 5 bytes',
      (r) => (r.users.id[r.pairs.readerIndex[2]!] = Buffer.from('short')),
      /users.id\[\d+\]: 5 bytes, expected 16/,
    ],
    [
      'a tweet past the table',
      (r) => (r.pairs.tweetIndex[2] = 99),
      /pairs.tweet_index\[2\]: 99, expected a row of the tweet table/,
    ],
    [
      'a reader past the table',
      (r) => (r.pairs.readerIndex[2] = 4_000_000_000),
      /pairs.reader_index\[2\]: 4000000000, expected a row/,
    ],
    [
      'no tweet type',
      (r) => (r.tweets.type[r.pairs.tweetIndex[2]!] = 0),
      /tweets.type\[\d+\]: 0 \(unspecified\), expected 1/,
    ],
    [
      'an unknown tweet type',
      (r) => (r.tweets.type[r.pairs.tweetIndex[2]!] = 77),
      /tweets.type\[\d+\]: 77, expected 1 \(top level\)/,
    ],
    [
      'a negative count',
      (r) => (r.users.followerCount[r.pairs.readerIndex[2]!] = -1),
      /users.follower_count\[\d+\]: -1, expected a count/,
    ],
    ['a time before 1970', (r) => (r.pairs.asOfS[2] = -5), /pairs.as_of_s\[2\]: /],
  ])('%s', async (_name, edit, message) => {
    // One tweet and one reader per pair, so that what is wrong touches one pair only.
    const apart = uniqueRows();
    const request = requestOf(apart);
    edit(request);
    const output = await served.client.predict(request);
    expect(output.rowStatus).toEqual([
      { pairIndex: 2, code: 3, reason: 'INVALID_ROW', message: expect.stringMatching(message) },
    ]);
    const unharmed = await served.client.predict(requestOf(apart));
    expect([...output.like].map(Number.isNaN)).toEqual([false, false, true, false, false]);
    expect(output.like[4]).toBe(unharmed.like[4]);
  });

  it('a token outside the vocabulary, and a medium that does not exist', async () => {
    const apart = uniqueRows();
    const request = requestOf(apart);
    const { tweets } = request;
    tweets.token[0] = 4_000_000;
    tweets.media[0] = 9;
    const output = await served.client.predict(request);
    expect(output.rowStatus.length).toBeGreaterThan(0);
    expect(output.rowStatus[0]!.message).toMatch(/tweets.token\[0\]: 4000000, expected an id below \d+/);
    expect(output.rowStatus.length).toBeLessThan(5);
  });

  it('all pairs wrong', async () => {
    const request = change((r) => r.pairs.tweetIndex.fill(1_000));
    const output = await served.client.predict(request);
    expect(output.rowStatus.map(({ pairIndex }) => pairIndex)).toEqual([0, 1, 2, 3, 4]);
    expect([...output.reply]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });
});

describe('deadlines', () => {
  it('a deadline that is over already', async () => {
    await expect(served.client.predict(requestOf(rows), { timeoutMs: -1_000 })).rejects.toMatchObject({
      code: 4,
    });
  });

  it('a message that is late is answered in the stream, which lives on', async () => {
    const late = { ...requestOf(await exampleRows(12_000)), timeoutMs: 1 };
    const answers = await Array.fromAsync(served.client.predictStream([late, requestOf(rows.slice(0, 3))]));
    const byIndex = answers.sort((a, b) => a.index - b.index).map(({ output }) => output);
    expect(byIndex[0]).toMatchObject({ code: 4, reason: 'DEADLINE_EXCEEDED' });
    expect(byIndex[1]).toMatchObject({ rowStatus: [] });
  });
});

describe('a stream', () => {
  it('answers bytes that are no message with a status, and lives on', async () => {
    using raw = openRawStream(served.target);
    const answers: Buffer[] = [];
    raw.call.on('data', (bytes: Buffer) => answers.push(bytes));
    raw.call.write(Buffer.from('ff00ff00', 'hex'));
    raw.call.write(Buffer.from([]));
    raw.call.write(encodeRequest(requestOf(rows.slice(0, 2)), 7));
    raw.call.end();
    await once(raw.call, 'end');
    const outputs = answers.map(decodeAnswer);
    expect(outputs).toHaveLength(3);
    expect(outputs.filter(({ output }) => output instanceof ServerError)).toHaveLength(2);
    expect(outputs.find(({ sequence }) => sequence === 7)!.output).toMatchObject({ rowStatus: [] });
  });

  it('ends well for a caller that half-closes at once', async () => {
    expect(await Array.fromAsync(served.client.predictStream([]))).toEqual([]);
  });

  it('answers what was sent before a half-close', async () => {
    const requests = Array.from({ length: 20 }, () => requestOf(rows));
    expect(await Array.fromAsync(served.client.predictStream(requests))).toHaveLength(20);
  });

  it('gives up the work of a caller that vanishes', async () => {
    const raw = openRawStream(served.target);
    for (let i = 0; i < 20; i += 1) raw.call.write(encodeRequest(requestOf(rows), i));
    await once(raw.call, 'data');
    raw[Symbol.dispose]();
    await expect.poll(() => served.predictor.inFlightPairCount).toBe(0);
    await expect(served.client.predict(requestOf(rows.slice(0, 1)))).resolves.toMatchObject({
      rowStatus: [],
    });
  });
});
