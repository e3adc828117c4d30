import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { TweetColumns, UserColumns } from '../pairs/pair-batch.js';
import { TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { FeatureRowWriter } from './feature-row.js';
import { laneOf, setHash, setNumber, type TextScope } from './key-components.js';
import { TextKeys } from './text/text-keys.js';
import { TweetText } from './text/tweet-text.js';
import type { Vocabulary } from './text/vocabulary.js';
import { TweetFacts } from './tweet-facts.js';
import { declareTweetFeatures, TWEET_FEATURES } from './tweet-features.js';

const AUTHOR = laneOf('author');
const LANGUAGE = laneOf('language');
const FIRST_WORD = laneOf('first word');
const TWEET_TYPE = laneOf('tweet type');
const MEDIA_KIND = laneOf('media code');
const TWEET = laneOf('tweet');
const LINK_DOMAIN = laneOf('link domain');
const VERIFIED_AUTHOR = laneOf('verified author');
const LAST_MARKS = laneOf('last marks');
const POPULARITY_GROUP = laneOf('popularity group');
const FOLLOWER_BUCKET_OF_AUTHOR = laneOf('follower bucket of the author');
const FOLLOWING_BUCKET_OF_AUTHOR = laneOf('following bucket of the author');

/** Computes the request-only features of a tweet, and its key components. One instance serves one thread. */
export class TweetKernel {
  private readonly text: TweetText;
  private readonly facts: TweetFacts;
  private readonly row = new FeatureRowWriter(TWEET_FEATURES.length);
  private readonly textKeys = new TextKeys({
    secondWord: laneOf('second word'),
    mentions: [laneOf('first mention'), laneOf('second mention'), laneOf('third mention')],
    retweetedUser: laneOf('retweeted user'),
    body: laneOf('body'),
  });

  /**
   * @param statistics whose languages are read at each tweet: they may be learned later
   * @param textScope components of the text that are computed; lanes of the others are not written
   */
  constructor(
    vocabulary: Vocabulary,
    private readonly statistics: Pick<StatisticsTables, 'languages'>,
    private readonly textScope: TextScope,
  ) {
    this.text = new TweetText(vocabulary);
    this.facts = new TweetFacts(this.text);
  }

  /**
   * Computes tweet `t`.
   * @param lanes receives its components, TWEET_COMPONENT_LANES, from lanes[lanesAt]
   * @param out receives its request-only values, in the order of TWEET_FEATURES, from out[at]
   */
  compute(
    users: UserColumns,
    tweets: TweetColumns,
    t: number,
    lanes: Int32Array,
    lanesAt: number,
    out: Float32Array,
    at: number,
  ): void {
    const { facts, row, text } = this;
    facts.read(users, tweets, t, this.statistics.languages);
    const isRetweet = facts.type === TWEET_TYPE_CODE.Retweet;
    text.analyse(tweets.tokens, tweets.tokenOffset[t]!, tweets.tokenOffset[t + 1]!, isRetweet);
    this.writeComponents(users, tweets, t, lanes, lanesAt);
    row.begin(out, at);
    declareTweetFeatures(row, facts);
    row.finish();
  }

  private writeComponents(
    users: UserColumns,
    tweets: TweetColumns,
    t: number,
    lanes: Int32Array,
    at: number,
  ): void {
    const { facts, text } = this;
    const author = tweets.authorIndex[t]!;
    setHash(lanes, at + AUTHOR, users.idLo[author]!, users.idHi[author]!);
    setHash(lanes, at + LANGUAGE, tweets.languageLo[t]!, tweets.languageHi[t]!);
    setHash(lanes, at + FIRST_WORD, text.firstWord.lo, text.firstWord.hi);
    setHash(lanes, at + TWEET, tweets.idLo[t]!, tweets.idHi[t]!);
    setHash(lanes, at + LINK_DOMAIN, tweets.domainLo[t]!, tweets.domainHi[t]!);
    setNumber(lanes, at + TWEET_TYPE, facts.type);
    setNumber(lanes, at + MEDIA_KIND, facts.mediaCode);
    setNumber(lanes, at + VERIFIED_AUTHOR, users.isVerified[author]!);
    setNumber(lanes, at + LAST_MARKS, text.lastQuest);
    setNumber(lanes, at + POPULARITY_GROUP, facts.popularityGroup);
    setNumber(lanes, at + FOLLOWER_BUCKET_OF_AUTHOR, facts.authorFollowerBucket);
    setNumber(lanes, at + FOLLOWING_BUCKET_OF_AUTHOR, facts.authorFollowingBucket);
    if (this.textScope !== 'none') this.textKeys.write(text, lanes, at, this.textScope);
  }
}
