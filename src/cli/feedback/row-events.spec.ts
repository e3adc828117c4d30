import {
  type PairstreamClient,
  type PredictInput,
  type PredictOutput,
  type RowStatus,
  ServerError,
} from '@pairstream/client';
import { describe, expect, it } from 'vitest';
import type { EngagementTimes, PartRow } from '../../pairs/part-row.js';
import type { FeedbackEvent } from './feedback-event.js';
import { FeedbackTally } from './feedback-tally.js';
import { RefusalRetries } from './refusal-retries.js';
import { RowEvents } from './row-events.js';

const START_S = 1_612_137_600;
const BUSY = new ServerError({
  code: 8,
  message: 'pairs are in flight',
  reason: 'BUSY',
  field: undefined,
  retryAfterMs: 1,
});

function row(atS: number, ...engagedAtS: (number | null)[]): PartRow {
  const user = { followerCount: 1, followingCount: 1, isVerified: false, accountCreatedAtS: 1e9 };
  const [reply = null, retweet = null, quote = null, like = null] = engagedAtS;
  const engagementTimesS: EngagementTimes = [reply, retweet, quote, like];
  return {
    textTokens: [101, 102],
    hashtags: [],
    tweetId: atS.toString(16).padStart(32, '0'),
    media: [],
    links: [],
    domains: [],
    tweetType: 'TopLevel',
    language: '',
    tweetCreatedAtS: atS,
    author: { id: 'a'.repeat(32), ...user },
    reader: { id: 'b'.repeat(32), ...user },
    authorFollowsReader: false,
    engagementTimesS,
  };
}

/** A gateway whose tokens are the times of the pairs, as text. */
class TokenGateway implements Pick<PairstreamClient, 'predict' | 'predictStream'> {
  readonly requests: PredictInput[] = [];
  /** Refusals of the next requests. */
  readonly refusals: ServerError[] = [];
  rowStatus: readonly RowStatus[] = [];

  predict(input: PredictInput): Promise<PredictOutput> {
    const refusal = this.refusals.shift();
    return refusal === undefined ? Promise.resolve(this.tokensOf(input)) : Promise.reject(refusal);
  }

  async *predictStream(
    inputs: AsyncIterable<PredictInput> | Iterable<PredictInput>,
  ): ReturnType<PairstreamClient['predictStream']> {
    let index = 0;
    for await (const input of inputs) {
      this.requests.push(input);
      yield { index, output: this.refusals.shift() ?? this.tokensOf(input) };
      index += 1;
    }
  }

  private tokensOf({ pairs }: PredictInput): PredictOutput {
    const failed = new Set(this.rowStatus.map(({ pairIndex }) => pairIndex));
    const none = new Float32Array(0);
    return {
      reply: none,
      retweet: none,
      quote: none,
      like: none,
      rowStatus: this.rowStatus,
      releaseId: '',
      timing: { queueUs: 0, featuresUs: 0, inferenceUs: 0, totalUs: 0, statisticsAgeS: 0, feedbackLag: 0 },
      rung: '',
      missingMembers: [],
      feedbackTokens: (pairs.asOfS ?? []).map((timeS, i) =>
        failed.has(i) ? new Uint8Array(0) : Buffer.from(String(timeS - START_S)),
      ),
    };
  }
}

async function eventsOf(
  rows: readonly PartRow[],
  gateway = new TokenGateway(),
  startS?: number,
): Promise<{ events: string[]; tally: FeedbackTally }> {
  async function* batches(): AsyncGenerator<PartRow[]> {
    for (const one of rows) yield [one];
  }
  const tally = new FeedbackTally();
  const reader = new RowEvents({
    client: gateway,
    batchSize: 2,
    startS,
    tally,
    retries: new RefusalRetries(60_000),
    signal: new AbortController().signal,
  });
  const events = await Array.fromAsync(reader.read(batches()), shown);
  return { events, tally };
}

function shown({ timeS, kind, token }: FeedbackEvent): string {
  return `${timeS - START_S} ${kind} of ${Buffer.from(token).toString()}`;
}

describe('RowEvents', () => {
  it('merges impressions and engagements in the order of their times', async () => {
    const rows = [
      row(START_S, null, null, null, START_S + 15),
      row(START_S + 10, START_S + 30, START_S + 10),
      row(START_S + 20, null, null, START_S + 21),
    ];
    const { events, tally } = await eventsOf(rows);
    expect(events).toEqual([
      '0 IMPRESSION of 0',
      '10 IMPRESSION of 10',
      '10 RETWEET of 10',
      '15 LIKE of 0',
      '20 IMPRESSION of 20',
      '21 QUOTE of 20',
      '30 REPLY of 10',
    ]);
    expect(tally).toMatchObject({ rowCount: 3, failedRowCount: 0 });
  });

  it('counts an engagement before its tweet at the time of the tweet', async () => {
    const { events } = await eventsOf([row(START_S + 10, START_S + 5)]);
    expect(events).toEqual(['10 IMPRESSION of 10', '10 REPLY of 10']);
  });

  it('asks for tokens only, in order, at the times of the tweets', async () => {
    const gateway = new TokenGateway();
    await eventsOf([row(START_S), row(START_S + 1), row(START_S + 2)], gateway);
    expect(gateway.requests.map(({ pairs, options }) => [pairs.asOfS, options])).toEqual([
      [[START_S, START_S + 1], { ordered: true, feedback: { tokensOnly: true } }],
      [[START_S + 2], { ordered: true, feedback: { tokensOnly: true } }],
    ]);
  });

  it('moves all times with the first tweet', async () => {
    const { events } = await eventsOf(
      [row(START_S, START_S + 5), row(START_S + 10)],
      undefined,
      START_S + 1_000,
    );
    expect(events).toEqual(['1000 IMPRESSION of 1000', '1005 REPLY of 1000', '1010 IMPRESSION of 1010']);
  });

  it('refuses a row that is earlier than the row before it', async () => {
    await expect(eventsOf([row(START_S + 1), row(START_S)])).rejects.toThrow(
      `row 2: tweet time ${START_S} follows ${START_S + 1} (tweet ${START_S.toString(16).padStart(32, '0')}), expected rows in ascending order`,
    );
  });

  it('counts rows without a token, and sends none of their events', async () => {
    const gateway = new TokenGateway();
    gateway.rowStatus = [{ pairIndex: 1, code: 3, reason: 'INVALID_ROW', message: 'tweets.token[0]: 1' }];
    const { events, tally } = await eventsOf([row(START_S), row(START_S + 1, START_S + 2)], gateway);
    expect(events).toEqual(['0 IMPRESSION of 0']);
    expect(tally).toMatchObject({
      rowCount: 2,
      failedRowCount: 1,
      refusals: [{ reason: 'INVALID_ROW', count: 1, message: 'row 2: tweets.token[0]: 1' }],
    });
  });

  it('asks again after the delay that a refusal names', async () => {
    const gateway = new TokenGateway();
    gateway.refusals.push(BUSY, BUSY, BUSY);
    const { events } = await eventsOf([row(START_S), row(START_S + 1)], gateway);
    expect(events).toEqual(['0 IMPRESSION of 0', '1 IMPRESSION of 1']);
  });
});
