import type { PartRow, PartUser } from '../pairs/part-row.js';
import { MEDIA_CODE, TWEET_TYPE_CODE } from '../pairs/part-row.js';
import type { PredictInput } from './predict-input.js';

/**
 * Makes a PredictRequest of part-file rows: users and tweets that occur again are sent once; each pair is asked for as of
 * its tweet's time.
 */
export class RequestBuilder {
  private readonly userIndex = new Map<string, number>();
  private readonly tweetIndex = new Map<string, number>();
  private input = emptyInput();

  /** Pairs added since the last `take`. */
  get pairCount(): number {
    return this.input.pairs.tweetIndex.length;
  }

  addPartRow(row: PartRow): void {
    const { pairs } = this.input;
    pairs.tweetIndex.push(this.addTweet(row));
    pairs.readerIndex.push(this.addUser(row.reader));
    pairs.authorFollowsReader.push(row.authorFollowsReader);
    pairs.asOfS.push(row.tweetCreatedAtS);
  }

  /** The request of all rows since the last call, and an empty builder. */
  take(): PredictInput {
    const { input } = this;
    this.input = emptyInput();
    this.userIndex.clear();
    this.tweetIndex.clear();
    return input;
  }

  private addUser(user: PartUser): number {
    const { users } = this.input;
    const key = `${user.id} ${user.followerCount} ${user.followingCount}`;
    const known = this.userIndex.get(key);
    if (known !== undefined) return known;
    this.userIndex.set(key, users.id.length);
    users.followerCount.push(user.followerCount);
    users.followingCount.push(user.followingCount);
    return users.id.push(Buffer.from(user.id, 'hex')) - 1;
  }

  private addTweet(row: PartRow): number {
    const { tweets } = this.input;
    const authorIndex = this.addUser(row.author);
    const key = `${row.tweetId} ${authorIndex}`;
    const known = this.tweetIndex.get(key);
    if (known !== undefined) return known;
    this.tweetIndex.set(key, tweets.authorIndex.length);
    tweets.type.push(TWEET_TYPE_CODE[row.tweetType] + 1);
    tweets.language.push(row.language);
    tweets.createdAtS.push(row.tweetCreatedAtS);
    tweets.tokenCount.push(row.textTokens.length);
    for (const token of row.textTokens) tweets.token.push(token);
    tweets.mediaCount.push(row.media.length);
    for (const name of row.media) tweets.media.push(MEDIA_CODE[name]);
    tweets.hashtagCount.push(row.hashtags.length);
    tweets.linkCount.push(row.links.length);
    tweets.domainCount.push(row.domains.length);
    return tweets.authorIndex.push(authorIndex) - 1;
  }
}

function emptyInput(): PredictInput {
  return {
    users: { id: [], followerCount: [], followingCount: [] },
    tweets: {
      authorIndex: [],
      type: [],
      language: [],
      createdAtS: [],
      tokenCount: [],
      token: [],
      mediaCount: [],
      media: [],
      hashtagCount: [],
      linkCount: [],
      domainCount: [],
    },
    pairs: { tweetIndex: [], readerIndex: [], authorFollowsReader: [], asOfS: [] },
  };
}
