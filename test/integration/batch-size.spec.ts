import { describe, expect, it } from 'vitest';
import { type PredictOutput, RequestBuilder } from '@pairstream/client';
import { PairBatchBuilder } from '../../src/pairs/pair-batch-builder.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { exampleRows } from '../support/requests/example-rows.js';
import { startTestGateway } from '../support/gateway/test-gateway.js';

/** A change to one column that features read. */
type Change = readonly [column: string, change: (row: PartRow) => Partial<PartRow>];

const CHANGES: readonly Change[] = [
  ['text', ({ textTokens }) => ({ textTokens: textTokens.toReversed() })],
  ['length of text', ({ textTokens }) => ({ textTokens: [...textTokens, 102] })],
  ['text that is missing', () => ({ textTokens: [101, 102] })],
  ['media', () => ({ media: ['Photo', 'Video'] })],
  ['order of media', () => ({ media: ['Video', 'Photo'] })],
  ['type', () => ({ tweetType: 'Quote' })],
  ['language', () => ({ language: 'E'.repeat(32) })],
  ['time', ({ tweetCreatedAtS }) => ({ tweetCreatedAtS: tweetCreatedAtS + 1 })],
  ['first hashtag', () => ({ hashtags: ['B'.repeat(32)] })],
  ['number of hashtags', () => ({ hashtags: ['B'.repeat(32), 'C'.repeat(32)] })],
  ['first link', () => ({ links: ['M'] })],
  ['number of links', () => ({ links: ['M', 'L'] })],
  ['domains', () => ({ domains: ['D'] })],
  ['author', ({ reader }) => ({ author: reader })],
  ['followers of the author', ({ author }) => ({ author: { ...author, followerCount: 7_777 } })],
  ['verified author', ({ author }) => ({ author: { ...author, isVerified: !author.isVerified } })],
  ['age of the author', ({ author }) => ({ author: { ...author, accountCreatedAtS: 1_000_000_000 } })],
  ['followings of the reader', ({ reader }) => ({ reader: { ...reader, followingCount: 7_777 } })],
];

/** One tweet id and one reader throughout: the row itself, and a copy for every change. */
async function rowsOfOneTweet(): Promise<PartRow[]> {
  const [row] = await exampleRows(1);
  return [row!, ...CHANGES.map(([, change]) => ({ ...row!, ...change(row!) }))];
}

function requestsOf(rows: readonly PartRow[], batchSize: number) {
  const builder = new RequestBuilder();
  return Array.from({ length: Math.ceil(rows.length / batchSize) }, (_, i) => {
    for (const row of rows.slice(i * batchSize, (i + 1) * batchSize)) builder.addPartRow(row);
    return builder.take();
  });
}

function probabilities(outputs: readonly PredictOutput[]): number[][] {
  return (['reply', 'retweet', 'quote', 'like'] as const).map((target) =>
    outputs.flatMap((output) => [...output[target]]),
  );
}

describe('rows of one tweet id with other content', () => {
  it.each(CHANGES)('are rows of their own: %s', async (column, change) => {
    const [row] = await exampleRows(1);
    const rows = [row!, { ...row!, ...change(row!) }, row!, { ...row!, ...change(row!) }];
    const batch = new PairBatchBuilder();
    const request = new RequestBuilder();
    for (const added of rows) {
      batch.addPartRow(added);
      request.addPartRow(added);
    }
    const { tweets, pairs } = batch.toBatch();
    const sent = request.take();
    const index = column.endsWith('reader') ? 'readerIndex' : 'tweetIndex';
    const [first, second] = [pairs[index][0]!, pairs[index][1]!];
    expect(first).not.toBe(second);
    expect([...pairs[index].subarray(0, 4)]).toEqual([first, second, first, second]);
    expect([...sent.pairs[index]]).toEqual([first, second, first, second]);
    expect(tweets.idLo[pairs.tweetIndex[1]!]).toBe(tweets.idLo[pairs.tweetIndex[0]!]);
  });

  it('have the same answers, bit for bit, in messages of 1, 7 and 1,000 pairs', async () => {
    await using served = await startTestGateway({ onnxThreads: 1 });
    const rows = [...(await rowsOfOneTweet()), ...(await exampleRows(40))];
    const answers = await Promise.all(
      [1, 7, 1_000].map(async (batchSize) =>
        probabilities(
          await Promise.all(requestsOf(rows, batchSize).map((request) => served.client.predict(request))),
        ),
      ),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    // Almost every change moves the answer; equal answers throughout would hide a merged row.
    expect(new Set(answers[0]![3]!.slice(0, CHANGES.length + 1)).size).toBeGreaterThan(CHANGES.length / 2);
  });
});
