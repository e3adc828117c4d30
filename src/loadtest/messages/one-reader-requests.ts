import { type PredictInput, RequestBuilder } from '@pairstream/client';
import type { PartRow } from '../../pairs/part-row.js';

/**
 * Requests that rank tweets for one reader each: the reader and the time of the last row, with the tweets of all rows.
 * @param candidateCount pairs per request; rows that do not fill a request are left out
 */
export function* oneReaderRequests(
  rows: readonly PartRow[],
  candidateCount: number,
): Generator<PredictInput, void> {
  for (let end = candidateCount; end <= rows.length; end += candidateCount) {
    const candidates = rows.slice(end - candidateCount, end);
    const last = candidates.at(-1);
    if (last === undefined) return;
    const builder = new RequestBuilder();
    for (const row of candidates) builder.addPartRow({ ...row, reader: last.reader });
    const request = builder.take();
    yield { ...request, pairs: { ...request.pairs, asOfS: [last.tweetCreatedAtS] } };
  }
}

/** The last row of each tweet. */
export function distinctTweets(rows: readonly PartRow[]): PartRow[] {
  return [...new Map(rows.map((row) => [row.tweetId, row])).values()];
}
