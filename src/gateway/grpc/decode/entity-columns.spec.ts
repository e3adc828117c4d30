import { describe, expect, it } from 'vitest';
import { hashTag } from '../../../pairs/id-hash.js';
import type { PairBatch } from '../../../pairs/pair-batch.js';
import { Vocabulary } from '../../../features/text/vocabulary.js';
import { WordpieceTokenizer } from '../../../features/text/wordpiece-tokenizer.js';
import { messageType } from '@pairstream/client/wire';
import { LanguageTags } from './language-tags.js';
import { PredictRequestReader } from './predict-request-reader.js';
import { toRequestBatch } from './request-batch.js';

const tokenizer = new WordpieceTokenizer(
  Vocabulary.parse(new TextEncoder().encode('[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##a\n##b\n')),
);
const PredictRequest = messageType('pairstream.v1.PredictRequest');
const LINK = 'https://www.Example.com/x';
const TEXTS = ['a', `#One ${LINK} #two`, '', 'https://t.co/a https://t.co/b', `http://a.b ＃東`];

/** The tweets of a message of these texts, without any column of entities but those given. */
function tweetsOf(columns: object, texts: readonly string[] = TEXTS): PairBatch['tweets'] {
  const fill = <T>(value: T): T[] => texts.map(() => value);
  const bytes = PredictRequest.encode(
    PredictRequest.fromObject({
      users: { idText: ['a'], followerCount: [1], followingCount: [1] },
      tweets: {
        authorIndex: fill(0),
        type: fill(1),
        language: fill('en'),
        createdAtS: fill(1_600_000_000),
        text: texts,
        ...columns,
      },
      pairs: { tweetIndex: [0], readerIndex: [0], authorFollowsReader: [true] },
    }),
  ).finish();
  const languages = new LanguageTags(new Map());
  const reader = new PredictRequestReader({ maxPairsPerMessage: 1_000, tokenizer, languages });
  reader.read(bytes);
  return toRequestBatch(reader, 0).batch.tweets;
}

/** Both lanes of an item's hash. */
function hashed(item: string): [number, number] {
  const out = { lo: 0, hi: 0 };
  if (item !== '') hashTag(item, out);
  return [out.lo >>> 0, out.hi >>> 0];
}

type Kind = 'hashtag' | 'link' | 'domain';
const KINDS: readonly Kind[] = ['hashtag', 'link', 'domain'];

/** Counts and first entities of each kind, as the features read them. */
function entitiesIn(tweets: PairBatch['tweets']): Record<Kind, { counts: number[]; firsts: number[][] }> {
  const of = (kind: Kind): { counts: number[]; firsts: number[][] } => ({
    counts: [...tweets[`${kind}Count`].subarray(0, tweets.count)],
    firsts: TEXTS.slice(0, tweets.count).map((_, t) => [tweets[`${kind}Lo`][t]!, tweets[`${kind}Hi`][t]!]),
  });
  return { hashtag: of('hashtag'), link: of('link'), domain: of('domain') };
}

const DERIVED: Record<Kind, { counts: number[]; firsts: string[] }> = {
  hashtag: { counts: [0, 2, 0, 0, 1], firsts: ['', 'one', '', '', '東'] },
  link: { counts: [0, 1, 0, 2, 1], firsts: ['', LINK, '', 'https://t.co/a', 'http://a.b'] },
  domain: { counts: [0, 1, 0, 0, 1], firsts: ['', 'example.com', '', '', 'a.b'] },
};
const SENT = { counts: [7, 0, 3, 1, 65_535], firsts: ['x', '', 'y', 'z', 'X'] };
const columnsOf = (kind: Kind, { counts, firsts }: Partial<typeof SENT>): object => ({
  ...(counts === undefined ? {} : { [`${kind}Count`]: counts }),
  ...(firsts === undefined ? {} : { [`first${kind.charAt(0).toUpperCase()}${kind.slice(1)}`]: firsts }),
});

describe('entities of tweets that come as text', () => {
  it('are those of the text when all are left out', () => {
    const entities = entitiesIn(tweetsOf({}));
    for (const kind of KINDS)
      expect(entities[kind]).toEqual({
        counts: DERIVED[kind].counts,
        firsts: DERIVED[kind].firsts.map(hashed),
      });
  });

  it.each(KINDS)('%s: what is sent is used as it is', (kind) => {
    const none = SENT.firsts.map(() => [0, 0]);
    const derived = DERIVED[kind];
    const sentFirsts = SENT.firsts.map(hashed);
    expect(entitiesIn(tweetsOf(columnsOf(kind, SENT)))[kind]).toEqual({
      counts: SENT.counts,
      firsts: sentFirsts,
    });
    expect(entitiesIn(tweetsOf(columnsOf(kind, { counts: SENT.counts })))[kind]).toEqual({
      counts: SENT.counts,
      firsts: none,
    });
    expect(entitiesIn(tweetsOf(columnsOf(kind, { firsts: SENT.firsts })))[kind]).toEqual({
      counts: derived.counts,
      firsts: sentFirsts,
    });
  });

  it.each(KINDS)('%s: the others are derived although it is sent', (kind) => {
    const entities = entitiesIn(tweetsOf(columnsOf(kind, SENT)));
    for (const other of KINDS.filter((name) => name !== kind))
      expect(entities[other].counts).toEqual(DERIVED[other].counts);
  });

  it('are refused when they are sent for some tweets', () => {
    for (const kind of KINDS)
      expect(() => tweetsOf({ [`${kind}Count`]: [1] })).toThrow(
        `tweets.${kind}_count: 1 entries, expected as many as tweets.author_index (5)`,
      );
  });

  it('of a text that is too long are none', () => {
    expect(entitiesIn(tweetsOf({}, [`#a ${'b'.repeat(65_536)}`, '#a'])).hashtag.counts).toEqual([0, 1]);
  });
});

describe('entities of tweets that come as tokens', () => {
  const tokens = { text: [], tokenCount: TEXTS.map(() => 1), token: TEXTS.map(() => 2) };
  const zeros = TEXTS.map(() => 0);

  it.each(KINDS)('%s_count must be sent', (kind) => {
    const counts = { hashtagCount: zeros, linkCount: zeros, domainCount: zeros };
    expect(entitiesIn(tweetsOf({ ...tokens, ...counts })).link.counts).toEqual(zeros);
    expect(() => tweetsOf({ ...tokens, ...counts, [`${kind}Count`]: [] })).toThrow(
      `tweets.${kind}_count: 0 entries, expected as many as tweets.author_index (5)`,
    );
  });
});

describe('media', () => {
  it('are none when both columns are left out', () => {
    expect([...tweetsOf({}).mediaOffset]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['media without counts', { media: [1] }, 'tweets.media_count: 0 entries, expected as many as'],
    ['counts without media', { mediaCount: [1, 0, 0, 0, 0] }, 'tweets.media: 0 entries, expected 1'],
    ['counts for some', { mediaCount: [0] }, 'tweets.media_count: 1 entries, expected as many as'],
  ])('%s are refused', (_name, columns, message) => {
    expect(() => tweetsOf(columns)).toThrow(message);
  });

  it('are as sent with both', () => {
    const tweets = tweetsOf({ mediaCount: [0, 2, 0, 1, 0], media: [1, 2, 3] });
    expect([...tweets.mediaOffset]).toEqual([0, 0, 2, 2, 3, 3]);
  });
});
