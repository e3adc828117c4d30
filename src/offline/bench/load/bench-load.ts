import { setTimeout as sleep } from 'node:timers/promises';
import { type PairstreamClient, type PredictInput, RequestBuilder, ServerError } from '@pairstream/client';
import {
  distinctTweets,
  oneReaderRequests as rankingRequests,
} from '../../../loadtest/messages/one-reader-requests.js';
import type { PartRow } from '../../../pairs/part-row.js';

const FIRST_WORD = 1_000;
const WORDS = 1_000;
/** Candidates of one reader. */
export const CANDIDATES = 100;

/** The rows, but no two of one tweet, nor of one text. @param firstTweet rows of another call have others from there on */
export function withOwnTweets(rows: readonly PartRow[], firstTweet = 0): PartRow[] {
  return rows.map((row, at) => {
    const i = firstTweet + at;
    const [first, ...rest] = row.textTokens;
    // Two words that no other text begins with; they are common ones, whose pieces every vocabulary has.
    const own = [FIRST_WORD + (i % WORDS), FIRST_WORD + (Math.floor(i / WORDS) % WORDS)];
    return {
      ...row,
      tweetId: i.toString(16).padStart(32, '0'),
      textTokens: first === undefined ? own : [first, ...own, ...rest],
    };
  });
}

/**
 * Sends requests over one stream, in turn, at a pace when there is one.
 * @returns milliseconds: how long all took, how long each did, and when each was answered
 */
export async function run(
  client: PairstreamClient,
  requests: readonly PredictInput[],
  messageCount: number,
  maxInFlight: number,
  gapMs = 0,
): Promise<{ elapsedMs: number; latenciesMs: number[]; answeredMs: number[] }> {
  const sentMs: number[] = [];
  const answeredMs: number[] = [];
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  async function* paced(): AsyncGenerator<PredictInput> {
    for (let i = 0; i < messageCount; i += 1) {
      const waitMs = startedMs + i * gapMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      sentMs.push(performance.now());
      yield requests[i % requests.length]!;
    }
  }
  for await (const { index, output } of client.predictStream(paced(), { maxInFlight })) {
    if (output instanceof ServerError) throw output;
    const nowMs = performance.now();
    answeredMs.push(nowMs);
    latenciesMs.push(nowMs - sentMs[index]!);
  }
  return { elapsedMs: performance.now() - startedMs, latenciesMs, answeredMs };
}

function requestOf(rows: readonly PartRow[]): PredictInput {
  const builder = new RequestBuilder();
  for (const row of rows) builder.addPartRow(row);
  return builder.take();
}

/** Requests with `pairCount` rows each; a smaller rest is left out. */
export function chunk(rows: readonly PartRow[], pairCount: number): PredictInput[] {
  const count = Math.floor(rows.length / pairCount);
  return Array.from({ length: count }, (_, i) => requestOf(rows.slice(i * pairCount, (i + 1) * pairCount)));
}

/** Requests of one reader each, with a hundred tweets. */
export function oneReaderRequests(rows: readonly PartRow[]): PredictInput[] {
  return [...rankingRequests(distinctTweets(rows), CANDIDATES)];
}
