import { describe, expect, it } from 'vitest';
import { TweetText } from '../../features/text/tweet-text.js';
import { PIECE_KIND, Vocabulary } from '../../features/text/vocabulary.js';
import { PART_AT } from './label-model.js';
import { World, type WorldPair } from './world.js';

const world = new World({ seed: 3, userCount: 600, pairsPerDay: 20_000 });
const vocabulary = Vocabulary.parse(new TextEncoder().encode(world.vocabularyText()));

describe('the vocabulary', () => {
  it('has the form of multilingual BERT: at least 20,000 pieces, the special ones where BERT has them', () => {
    expect(vocabulary.size).toBeGreaterThanOrEqual(20_000);
    expect(vocabulary.size).toBe(world.vocabularyPieces.length);
    expect(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((piece) => vocabulary.idOf(piece))).toEqual([
      0, 100, 101, 102, 103,
    ]);
    const continuationCount = vocabulary.kind.filter((kind) => kind === PIECE_KIND.continuation).length;
    expect(continuationCount).toBeGreaterThan(3000);
  });

  it.each([
    ['Latin', /^[a-zà-ÿ]{3,}$/],
    ['Cyrillic', /^\p{Script=Cyrillic}{3,}$/u],
    ['Arabic', /^\p{Script=Arabic}{3,}$/u],
    ['Devanagari', /^\p{Script=Devanagari}{3,}$/u],
    ['Thai', /^\p{Script=Thai}{2,}$/u],
    ['Hangul', /^\p{Script=Hangul}{2,}$/u],
    ['Hiragana', /\p{Script=Hiragana}/u],
    ['Katakana', /\p{Script=Katakana}/u],
    ['Han', /\p{Script=Han}/u],
    ['emoji', /^\p{Emoji_Presentation}$/u],
    ['capitals', /^[A-Z]{3,}$/],
  ])('has pieces of %s', (_, form) => {
    expect(world.vocabularyPieces.filter((piece) => form.test(piece)).length).toBeGreaterThan(20);
  });

  it('has what tweets are punctuated with', () => {
    const marks = ['@', '#', '_', ':', '/', '.', '?', '!', '¶', 'RT', 'https', 't', 'co', '##0'];
    expect(marks.filter((piece) => vocabulary.idOf(piece) === undefined)).toEqual([]);
  });
});

describe('the text of tweets', () => {
  const tweets = distinctTweets(world);
  const text = new TweetText(vocabulary);
  const share = (holds: (pair: WorldPair) => boolean): number =>
    tweets.filter((pair) => {
      const { textTokens, tweetType } = pair.row;
      text.analyse(Uint32Array.from(textTokens), 0, textTokens.length, tweetType === 'Retweet');
      return holds(pair);
    }).length / tweets.length;

  it('starts with [CLS], ends with [SEP], and no id is outside the vocabulary', () => {
    for (const { row } of tweets) {
      expect(row.textTokens[0]).toBe(101);
      expect(row.textTokens.at(-1)).toBe(102);
      expect(Math.max(...row.textTokens)).toBeLessThan(vocabulary.size);
    }
  });

  it('has a head with one mention in every retweet and in nothing else', () => {
    expect(share(({ row }) => text.headWordCount > 0 === (row.tweetType === 'Retweet'))).toBe(1);
    expect(share(({ row }) => row.tweetType === 'Retweet')).toBeGreaterThan(0.25);
  });

  it('shows as many hashtags as the column tells, and marks, mentions, capitals and line breaks at sensible rates', () => {
    expect(share(({ row }) => text.hashCount === row.hashtags.length)).toBe(1);
    const rates = {
      hashtag: share(() => text.hashCount > 0),
      question: share(() => text.questionCount > 0),
      endsInQuestion: share(() => text.lastQuest > 0),
      exclamation: share(() => text.exclamationOrQuestionCount > text.questionCount),
      mention: share(() => text.atCount > 0),
      capitals: share(() => text.capitalRunCount > 0),
      lineBreak: share(() => text.pilcrowCount > 0),
      retweetWord: share(() => text.retweetCount > 0),
      rtWord: share(() => text.rtWordCount > 0),
      link: share(({ row }) => row.links.length > 0),
    };
    expect(rates.hashtag).toBeCloseTo(0.2, 1);
    expect(rates.question).toBeGreaterThan(0.12);
    expect(rates.question).toBeLessThan(0.4);
    expect(rates.endsInQuestion).toBeGreaterThan(0.05);
    expect(rates.exclamation).toBeGreaterThan(0.1);
    expect(rates.mention).toBeGreaterThan(0.1);
    expect(rates.capitals).toBeGreaterThan(0.05);
    expect(rates.lineBreak).toBeGreaterThan(0.3);
    expect(rates.retweetWord).toBeGreaterThan(0.002);
    expect(rates.rtWord).toBeGreaterThan(0.002);
    expect(rates.link).toBeCloseTo(0.16, 1);
  });

  it('tells the topic by its first word', () => {
    // The topic's own log-odds of a like stand for the topic.
    const topicOfTweet: number[] = [];
    const batches = [...world.generateDay(0, (parts) => topicOfTweet.push(parts[PART_AT.topic + 3]!))];
    const topicsByWord = new Map<string, number[]>();
    batches.flat().forEach(({ row }, i) => {
      text.analyse(Uint32Array.from(row.textTokens), 0, row.textTokens.length, row.tweetType === 'Retweet');
      const word = `${text.firstWord.lo}.${text.firstWord.hi}`;
      const topics = topicsByWord.get(word) ?? [];
      topicsByWord.set(word, [...topics, topicOfTweet[i]!]);
    });
    const frequent = [...topicsByWord.values()].filter((topics) => topics.length >= 30);
    expect(frequent.length).toBeGreaterThan(50);
    const shares = frequent.map(shareOfCommonest);
    expect(shares.toSorted((a, b) => a - b)[Math.floor(shares.length / 2)]).toBeGreaterThan(0.8);
    expect(shareOfCommonest(topicOfTweet)).toBeLessThan(0.25);
  });
});

function shareOfCommonest(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(...counts.values()) / values.length;
}

function distinctTweets(world: World): WorldPair[] {
  const byId = new Map<string, WorldPair>();
  for (const batch of world.generateDay(0)) for (const pair of batch) byId.set(pair.row.tweetId, pair);
  return [...byId.values()];
}
