import type { PartRow, PartUser } from '../pairs/part-row.js';
import { MEDIA_CODE, TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { RowIndex } from '../pairs/row-index.js';
import { TweetContent } from '../pairs/tweet-content.js';
import type { PredictInput } from './predict-input.js';

/**
 * Makes a PredictRequest of part-file rows. Users and tweets that occur again with the same content are sent once; one with
 * the same id and other content is sent as a row of its own. Each pair is asked for as of its tweet's time.
 */
export class RequestBuilder {
  private readonly userIndex = new Map<string, number>();
  private readonly tweetIndex = new RowIndex();
  private readonly tweetContent = new TweetContent();
  private input = emptyInput();

  /** Pairs added since the last `take`. */
  get pairCount(): number {
    return this.input.pairs.tweetIndex.length;
  }

  /** @throws PairstreamError INVALID_REQUEST when the tweet's id is not 32 hexadecimal digits */
  addPartRow(row: PartRow): void {
    const { pairs } = this.input;
    pairs.tweetIndex.push(this.addTweet(row));
    pairs.readerIndex.push(this.addUser(row.reader));
    pairs.authorFollowsReader.push(row.authorFollowsReader);
    pairs.asOfS.push(row.tweetCreatedAtS);
  }

  /** The request of all rows since the last call, and an empty builder. */
  take(): PartRowInput {
    const { input } = this;
    this.input = emptyInput();
    this.userIndex.clear();
    this.tweetIndex.clear();
    return input;
  }

  private addUser(user: PartUser): number {
    const { users } = this.input;
    const { followerCount, followingCount, isVerified, accountCreatedAtS } = user;
    const key = `${user.id} ${followerCount} ${followingCount} ${isVerified} ${accountCreatedAtS}`;
    const known = this.userIndex.get(key);
    if (known !== undefined) return known;
    this.userIndex.set(key, users.id.length);
    users.followerCount.push(followerCount);
    users.followingCount.push(followingCount);
    users.isVerified.push(isVerified);
    users.accountCreatedAtS.push(accountCreatedAtS);
    return users.id.push(Buffer.from(user.id, 'hex')) - 1;
  }

  private addTweet(row: PartRow): number {
    const { tweets } = this.input;
    const authorIndex = this.addUser(row.author);
    this.tweetContent.read(row, authorIndex);
    const { lo, hi } = this.tweetContent.key;
    const tweetIndex = this.tweetIndex.findOrAdd(lo, hi);
    if (tweetIndex < tweets.authorIndex.length) return tweetIndex;
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
    tweets.id.push(Buffer.from(row.tweetId, 'hex'));
    tweets.firstHashtag.push(row.hashtags[0] ?? '');
    tweets.firstLink.push(row.links[0] ?? '');
    tweets.firstDomain.push(row.domains[0] ?? '');
    tweets.authorIndex.push(authorIndex);
    return tweetIndex;
  }
}

/** A request with every column that a part row fills. */
export interface PartRowInput extends PredictInput {
  users: Required<Omit<PredictInput['users'], 'idText' | 'idNumber'>>;
  tweets: Required<Omit<PredictInput['tweets'], 'idText' | 'idNumber' | 'text'>>;
  pairs: Required<PredictInput['pairs']>;
}

function emptyInput(): PartRowInput {
  return {
    users: { id: [], followerCount: [], followingCount: [], isVerified: [], accountCreatedAtS: [] },
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
      id: [],
      firstHashtag: [],
      firstLink: [],
      firstDomain: [],
    },
    pairs: { tweetIndex: [], readerIndex: [], authorFollowsReader: [], asOfS: [] },
  };
}
