import { COMPONENT_LANES } from '../../features/key-components.js';
import { writePairComponents } from '../../features/pair-kernel.js';
import type { TweetRows } from '../../features/tweet-rows.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import { writePairRecord } from './pair-record.js';
import { TweetContent } from './tweet-content.js';

/** Writes the pair records of requests. Nothing is allocated per pair. One instance serves one thread. */
export class PairRecorder {
  private readonly components = new Int32Array(COMPONENT_LANES);
  private readonly content = new TweetContent();
  private readonly contentHash: Hash64 = { lo: 0, hi: 0 };
  private readonly head = { keyScheme: 0, predictedAtS: 0 };

  /** @param keyScheme of the release, see key-scheme.ts */
  constructor(keyScheme: number) {
    this.head.keyScheme = keyScheme;
  }

  /**
   * Writes the record of each pair. The time of the prediction is the time that the features are computed for.
   * @param tweetRows begun with a valid batch, created with names
   * @param pairIndexes valid pairs of the batch
   * @param offsets position of the record of each pair in `out`
   */
  write(tweetRows: TweetRows, pairIndexes: Uint32Array, out: Uint8Array, offsets: Uint32Array): void {
    const { components, content, contentHash, head } = this;
    const { batch } = tweetRows;
    const { tweets, pairs } = batch;
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    content.begin(tweets);
    let lastTweet = -1;
    for (let i = 0; i < pairIndexes.length; i += 1) {
      const pair = pairIndexes[i]!;
      const tweet = pairs.tweetIndex[pair]!;
      if (tweet !== lastTweet) {
        tweetRows.ensure(tweet);
        tweetRows.readComponents(tweet, components);
        if (tweets.idLo[tweet] === 0 && tweets.idHi[tweet] === 0)
          content.read(batch.users, tweets, tweet, contentHash);
        lastTweet = tweet;
      }
      writePairComponents(batch, pair, components);
      head.predictedAtS = Math.floor(pairs.asOfS[pair]!);
      writePairRecord(head, components, contentHash, view, offsets[i]!);
    }
  }
}
