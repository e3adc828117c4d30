import type { PairstreamClient } from '@pairstream/client';
import type { PartRow } from '../../../pairs/part-row.js';
import { chunk, withOwnTweets } from '../load/bench-load.js';
import { atPresent } from './event-source.js';

const PAIRS_PER_REQUEST = 1_000;

/** Source of tokens of pairs that no earlier call has returned: an event of a pair counts once. */
export class TokenSource {
  private usedCount = 0;

  /** @param rows at least 1,000; each call has tweets of its own */
  constructor(
    private readonly client: PairstreamClient,
    private readonly rows: readonly PartRow[],
  ) {}

  /** Asks for the tokens of `pairCount` new pairs, with the time of the server's clock. */
  async take(pairCount: number): Promise<readonly Uint8Array[]> {
    const tokens: Uint8Array[] = [];
    while (tokens.length < pairCount) {
      const requests = atPresent(chunk(withOwnTweets(this.rows, this.usedCount), PAIRS_PER_REQUEST));
      this.usedCount += this.rows.length;
      for (const request of requests) {
        const options = { feedback: { tokensOnly: true } };
        const { feedbackTokens = [] } = await this.client.predict({ ...request, options });
        tokens.push(...feedbackTokens);
      }
    }
    return tokens.slice(0, pairCount);
  }
}
