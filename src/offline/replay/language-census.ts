import { IndexMap } from '../../statistics/index-map.js';
import type { PairBatch } from '../../pairs/pair-batch.js';

/** Counts the languages of pairs. Memory follows the number of languages. */
export class LanguageCensus {
  private readonly counts = new Map<string, { lo: number; hi: number; pairCount: number }>();

  /** Counts the language of every pair of a batch. */
  add({ tweets, pairs }: PairBatch): void {
    for (let pair = 0; pair < pairs.count; pair += 1) {
      const tweet = pairs.tweetIndex[pair]!;
      const lo = tweets.languageLo[tweet]! | 0;
      const hi = tweets.languageHi[tweet]! | 0;
      const known = this.counts.get(`${lo} ${hi}`);
      if (known === undefined) this.counts.set(`${lo} ${hi}`, { lo, hi, pairCount: 1 });
      else known.pairCount += 1;
    }
  }

  /** The languages, the most frequent first, of equals the one that came first. */
  toIndexMap(): IndexMap {
    const languages = [...this.counts.values()].sort((a, b) => b.pairCount - a.pairCount);
    return new IndexMap('languages', Int32Array.from(languages.flatMap(({ lo, hi }) => [lo, hi])));
  }
}
