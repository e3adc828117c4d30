import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PredictInput } from '@pairstream/client';
import { ServerError } from '@pairstream/client';
import type { PartRow } from '../../src/pairs/part-row.js';
import { TARGETS } from '../../src/pairs/targets.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

let served: TestGateway;
let rows: PartRow[];

beforeAll(async () => {
  served = await startTestGateway();
  rows = await exampleRows(300);
});
afterAll(() => served[Symbol.asyncDispose]());

describe('a ranked list', () => {
  const scoreWeights = { reply: 10, retweet: 3, quote: 20, like: 1 };

  it('holds the best pairs by the weighted sum of what they would have been answered', async () => {
    const plain = await served.client.predict(requestOf(rows));
    const scores = rows.map((_, pair) =>
      TARGETS.reduce((sum, target) => sum + scoreWeights[target] * plain[target][pair]!, 0),
    );
    const expected = [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]!).slice(0, 10);
    const { ranking, like } = await served.client.predict({
      ...requestOf(rows),
      options: { scoreWeights, topK: 10 },
    });
    expect([...ranking!.pairIndexes]).toEqual(expected);
    ranking!.scores.forEach((score, i) => expect(score).toBeCloseTo(scores[expected[i]!]!, 5));
    expect(like).toHaveLength(0);
  });

  it('leaves out the pairs that failed, which have their reason', async () => {
    const request = requestOf(rows.slice(0, 20));
    request.pairs.tweetIndex[7] = 999;
    const { ranking, rowStatus } = await served.client.predict({ ...request, options: { scoreWeights } });
    expect(ranking!.pairIndexes).toHaveLength(19);
    expect([...ranking!.pairIndexes]).not.toContain(7);
    expect(rowStatus).toMatchObject([{ pairIndex: 7, reason: 'INVALID_ROW' }]);
  });

  it('keeps the probabilities of its pairs', async () => {
    const plain = await served.client.predict(requestOf(rows));
    const options = { scoreWeights, topK: 10, keepProbabilities: true };
    const { ranking, reply } = await served.client.predict({ ...requestOf(rows), options });
    for (const target of TARGETS)
      expect([...ranking!.probabilities![target]]).toEqual(
        [...ranking!.pairIndexes].map((pair) => plain[target][pair]),
      );
    expect([reply.length, ranking!.byReader]).toEqual([0, undefined]);
  });

  it('per reader is that of a message of this reader alone', async () => {
    const request = requestOf(rows);
    const { tweetIndex } = request.pairs;
    // Three readers, and one that is not in the table.
    request.pairs.readerIndex = tweetIndex.map((_, pair) => (pair === 5 ? 9_999 : [4, 0, 9][pair % 3]!));
    const options = { scoreWeights, topK: 7, keepProbabilities: true, explain: true };
    const answer = await served.client.predict({ ...request, options: { ...options, rankPerReader: true } });
    const { byReader, ...whole } = answer.ranking!;
    expect(answer.rowStatus).toMatchObject([{ pairIndex: 5 }]);
    expect(byReader!.map(({ readerIndex }) => readerIndex)).toEqual([4, 0, 9]);
    expect(byReader!.flatMap(({ pairIndexes }) => [...pairIndexes])).toEqual([...whole.pairIndexes]);
    expect([...answer.explanation!.pairIndexes]).toEqual([...whole.pairIndexes]);
    for (const { readerIndex, ...list } of byReader!) {
      const pairs = [...tweetIndex.keys()].filter((pair) => request.pairs.readerIndex[pair] === readerIndex);
      const own: PredictInput = {
        ...request,
        pairs: {
          tweetIndex: pairs.map((pair) => tweetIndex[pair]!),
          readerIndex: pairs.map(() => readerIndex),
          authorFollowsReader: pairs.map((pair) => request.pairs.authorFollowsReader[pair]!),
          asOfS: pairs.map((pair) => request.pairs.asOfS[pair]!),
        },
      };
      const { ranking } = await served.client.predict({ ...own, options });
      expect(list).toEqual({
        ...ranking,
        pairIndexes: Uint32Array.from(ranking!.pairIndexes, (place) => pairs[place]!),
      });
      expect(list.pairIndexes).toHaveLength(7);
    }
  });

  it.each([
    ['top_k', { topK: 1 }],
    ['keep_probabilities', { keepProbabilities: true }],
    ['rank_per_reader', { rankPerReader: true }],
  ])('%s is refused without weights', async (field, options) => {
    const request: PredictInput = { ...requestOf(rows.slice(0, 2)), options };
    await expect(served.client.predict(request)).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
      field: `options.${field}`,
    });
  });
});

describe('an explanation', () => {
  it('has every feature, and what each model says: their weighted mean is the answer', async () => {
    const answer = await served.client.predict({ ...requestOf(rows), options: { explain: true } });
    const { pairIndexes, features, members } = answer.explanation!;
    expect([...pairIndexes]).toEqual(rows.map((_, pair) => pair));
    expect(members.map(({ model }) => model)).toEqual([
      'xgb1',
      'xgb2',
      'xgb3',
      'nn1',
      'nn2',
      'nn3',
      'xgb4',
      'xgb5',
    ]);
    expect(members.map(({ use }) => use)).toEqual([
      ...Array<string>(6).fill('input'),
      'weighted',
      'weighted',
    ]);
    for (const target of TARGETS) {
      expect(members.reduce((sum, { weight }) => sum + weight[target], 0)).toBeCloseTo(1, 6);
      answer[target].forEach((value, pair) => {
        const mean = members.reduce((sum, member) => sum + member.weight[target] * member[target][pair]!, 0);
        expect(value).toBeCloseTo(mean, 5);
      });
    }
    const named = new Map(features.map(({ name, values }) => [name, values]));
    expect(named.size).toBe(features.length);
    expect([...named.get('a_follower_count')!]).toEqual(
      rows.map(({ author }) => Math.fround(author.followerCount)),
    );
    expect([...named.get('a_follows_b')!]).toEqual(rows.map((row) => Number(row.authorFollowsReader)));
    expect(new Set(named.get('te_b_user_id_like')).size).toBeGreaterThan(10);
  });

  it('of a ranked list is of its pairs, in its order', async () => {
    const { ranking, explanation } = await served.client.predict({
      ...requestOf(rows),
      options: { scoreWeights: { like: 1 }, topK: 5, explain: true },
    });
    expect([...explanation!.pairIndexes]).toEqual([...ranking!.pairIndexes]);
    const counts = explanation!.features.find(({ name }) => name === 'b_follower_count')!.values;
    expect([...counts]).toEqual(
      [...ranking!.pairIndexes].map((pair) => Math.fround(rows[pair]!.reader.followerCount)),
    );
  });
});

describe('what real teams send', () => {
  /** A reader and two candidates, as a service would know them. */
  const natural: PredictInput = {
    users: {
      idText: ['reader-1', 'author-7', 'author-9'],
      followerCount: [120, 5_000, 80],
      followingCount: [300, 200, 90],
      isVerified: [false, true, false],
    },
    tweets: {
      authorIndex: [1, 2],
      type: [1, 1],
      language: ['en-GB', 'ja'],
      createdAtS: [1_614_556_800, 1_614_556_900],
      text: ['Good morning, @reader! #sunrise https://t.co/abc', 'おはよう 🌅'],
      mediaCount: [1, 0],
      media: [1],
      hashtagCount: [1, 0],
      linkCount: [1, 0],
      domainCount: [0, 0],
      idNumber: [1_366_000_000_000_000_001n, 1_366_000_000_000_000_002n],
    },
    pairs: {
      tweetIndex: [0, 1],
      readerIndex: [0, 0],
      authorFollowsReader: [false, true],
      asOfS: [1_614_557_000],
    },
  };

  it('is scored from its text, its names and its tags', async () => {
    const answer = await served.client.predict({ ...natural, options: { explain: true } });
    expect(answer.rowStatus).toEqual([]);
    for (const target of TARGETS) for (const value of answer[target]) expect(value).toBeGreaterThan(0);
    const valueOf = (name: string): number[] => [
      ...(answer.explanation!.features.find((feature) => feature.name === name)?.values ?? []),
    ];
    expect(valueOf('tw_count_excl_quest_marks')).toEqual([1, 0]);
    expect(valueOf('tw_count_at')).toEqual([1, 0]);
    expect(valueOf('tw_count_hash')).toEqual([1, 0]);
    // Languages that the statistics know have rates of their own.
    const [english, japanese] = valueOf('te_language_like');
    expect(english).not.toBeCloseTo(japanese!, 4);
    const unknown = { ...natural, tweets: { ...natural.tweets, language: ['eo', 'eo'] } };
    const { explanation } = await served.client.predict({ ...unknown, options: { explain: true } });
    const [prior] = explanation!.features.find(({ name }) => name === 'te_language_like')!.values;
    expect(prior).toBeCloseTo(served.release.statistics.priors[3]!, 5);
  });

  it('has the counts of its text when they are left out', async () => {
    const { hashtagCount, linkCount, domainCount, ...others } = natural.tweets;
    const options = { explain: true };
    const counted = await served.client.predict({ ...natural, options });
    const derived = await served.client.predict({ ...natural, tweets: others, options });
    for (const [name, counts] of [
      ['len_hashtags', hashtagCount],
      ['len_links', linkCount],
      ['len_domains', domainCount],
    ] as const)
      for (const { explanation } of [counted, derived])
        expect(explanation!.features.find((feature) => feature.name === name)!.values).toEqual(
          Float32Array.from(counts!),
        );
  });

  it('is the same by whichever column the ids come', async () => {
    const ids = ['0F'.repeat(16), 'AB'.repeat(16), 'CD'.repeat(16)];
    const users = { ...natural.users, idText: [] };
    const byText = await served.client.predict({ ...natural, users: { ...users, idText: ids } });
    const byBytes = await served.client.predict({
      ...natural,
      users: { ...users, id: ids.map((id) => Buffer.from(id, 'hex')) },
    });
    for (const target of TARGETS) expect(byText[target]).toEqual(byBytes[target]);
  });

  it('that is wrong in one row harms that row alone', async () => {
    const tweets = { ...natural.tweets, language: ['en', 'no language'] };
    const answer = await served.client.predict({ ...natural, tweets });
    expect(answer.rowStatus).toMatchObject([{ pairIndex: 1, reason: 'INVALID_ROW' }]);
    expect(answer.rowStatus[0]!.message).toContain(
      'tweets.language[1]: "no language", expected a BCP-47 tag',
    );
    expect(answer.like[0]).toBeGreaterThan(0);
  });
});

describe('ordered answers', () => {
  it('come in the order of their requests, however long each takes', async () => {
    const sizes = [300, 1, 120, 1, 1, 250, 2, 1];
    const requests = sizes.map((size): PredictInput => ({
      ...requestOf(rows.slice(0, size)),
      options: { ordered: true },
    }));
    const indexes: number[] = [];
    for await (const { index, output } of served.client.predictStream(requests)) {
      expect(output).not.toBeInstanceOf(ServerError);
      indexes.push(index);
    }
    expect(indexes).toEqual(sizes.map((_, i) => i));
  });
});
