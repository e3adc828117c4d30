import { Media, TweetType } from './enums.js';
import type { PartRow, PartUser } from './part-row.js';
import type { PredictInput } from './predict-input.js';
import { ServerError } from './server-error.js';

/** By the names of part files. */
const TYPE_OF_PART = {
  TopLevel: TweetType.TOP_LEVEL,
  Retweet: TweetType.RETWEET,
  Quote: TweetType.QUOTE,
} as const;
const MEDIA_OF_PART = { Photo: Media.PHOTO, Video: Media.VIDEO, GIF: Media.GIF } as const;
const ID = /^[\dA-F]{32}$/i;

/**
 * Builds a PredictRequest from part-file rows. Users and tweets with equal content are sent once. A known id with other content
 * gets another row. The time of each pair is the time of its tweet.
 */
export class RequestBuilder {
  private readonly userIndex = new Map<string, number>();
  private readonly tweetIndex = new Map<string, number>();
  private input = emptyInput();

  /** Pairs added since the last `take`. */
  get pairCount(): number {
    return this.input.pairs.tweetIndex.length;
  }

  /** @throws ServerError INVALID_REQUEST if an id of the row is not 32 hexadecimal digits */
  addPartRow(row: PartRow): void {
    const { pairs } = this.input;
    pairs.tweetIndex.push(this.addTweet(row));
    pairs.readerIndex.push(this.addUser(row.reader));
    pairs.authorFollowsReader.push(row.authorFollowsReader);
    pairs.asOfS.push(row.tweetCreatedAtS);
  }

  /** Returns the request of all rows added since the last call, and empties the builder. */
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
    return users.id.push(idBytes(user.id)) - 1;
  }

  private addTweet(row: PartRow): number {
    const { tweets } = this.input;
    const authorIndex = this.addUser(row.author);
    const key = tweetKey(row, authorIndex);
    const known = this.tweetIndex.get(key);
    if (known !== undefined) return known;
    this.tweetIndex.set(key, tweets.authorIndex.length);
    tweets.type.push(TYPE_OF_PART[row.tweetType]);
    tweets.language.push(row.language);
    tweets.createdAtS.push(row.tweetCreatedAtS);
    tweets.tokenCount.push(row.textTokens.length);
    for (const token of row.textTokens) tweets.token.push(token);
    tweets.mediaCount.push(row.media.length);
    for (const name of row.media) tweets.media.push(MEDIA_OF_PART[name]);
    tweets.hashtagCount.push(row.hashtags.length);
    tweets.linkCount.push(row.links.length);
    tweets.domainCount.push(row.domains.length);
    tweets.id.push(idBytes(row.tweetId));
    tweets.firstHashtag.push(row.hashtags[0] ?? '');
    tweets.firstLink.push(row.links[0] ?? '');
    tweets.firstDomain.push(row.domains[0] ?? '');
    return tweets.authorIndex.push(authorIndex) - 1;
  }
}

function idBytes(hex: string): Uint8Array {
  if (!ID.test(hex)) throw ServerError.ofValue('id', JSON.stringify(hex), '32 hexadecimal digits');
  return Buffer.from(hex, 'hex');
}

/** Key of a tweet, made of all its values: rows with equal keys share one tweet. */
function tweetKey(row: PartRow, authorIndex: number): string {
  const { tweetId, tweetType, language, tweetCreatedAtS, hashtags, links, domains, media, textTokens } = row;
  const counts = `${hashtags.length} ${links.length} ${domains.length}`;
  const firsts = `${hashtags[0] ?? ''} ${links[0] ?? ''} ${domains[0] ?? ''}`;
  const head = `${tweetId} ${authorIndex} ${tweetType} ${language} ${tweetCreatedAtS} ${counts} ${firsts}`;
  return `${head} ${media.join()} ${textTokens.join()}`;
}

/** Columns of a request that part rows fill. */
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
