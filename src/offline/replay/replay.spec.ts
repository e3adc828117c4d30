import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EngagementTimes, PartRow, PartUser } from '../../pairs/part-row.js';
import { TweetText } from '../../features/text/tweet-text.js';
import { Vocabulary } from '../../features/text/vocabulary.js';
import { REPLAY_FEATURES, replay, type ReplayOptions } from './replay.js';
import { DAY_S } from '../../pairs/unix-time.js';

const START_S = 1_612_137_600;
const HOUR_S = 3_600;
const vocabulary = Vocabulary.parse(
  new TextEncoder().encode('[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nalpha\nbeta\n'),
);

interface Shown {
  readonly atS: number;
  readonly author: number;
  readonly reader: number;
  readonly engagedAtS?: EngagementTimes;
}

function user(prefix: string, number: number): PartUser {
  const id = (prefix + number.toString(16)).padStart(32, '0').toUpperCase();
  return { id, followerCount: 100 + number, followingCount: 10, isVerified: false, accountCreatedAtS: 1e9 };
}

function partRow({ atS, author, reader, engagedAtS }: Shown, i: number): PartRow {
  return {
    textTokens: [2, 5 + (author % 2), 3],
    hashtags: [],
    tweetId: i.toString(16).padStart(32, '0'),
    media: author % 2 === 0 ? ['Photo'] : [],
    links: [],
    domains: [],
    tweetType: 'TopLevel',
    language: `${author % 2}`.repeat(32),
    tweetCreatedAtS: atS,
    author: user('a', author),
    reader: user('b', reader),
    authorFollowsReader: false,
    engagementTimesS: engagedAtS ?? [null, null, null, null],
  };
}

async function featuresOf(
  shown: readonly Shown[],
  options: Partial<ReplayOptions> = {},
): Promise<number[][]> {
  const features: number[][] = [];
  const width = REPLAY_FEATURES.length;
  await replay({
    vocabulary,
    rows: [shown.map(partRow)],
    warmUpDays: 0,
    sink: {
      append: (_day, rows, values) => {
        rows.forEach((_, i) => features.push([...values.subarray(i * width, (i + 1) * width)]));
        return Promise.resolve();
      },
    },
    ...options,
  });
  return features;
}

function likedAt(timeS: number): EngagementTimes {
  return [null, null, null, timeS];
}

describe('replay', () => {
  /** One reader sees one author's tweets every half hour; the fifth is liked. */
  function timeline(likeDelayS: number): Shown[] {
    return Array.from({ length: 40 }, (_, i) => {
      const atS = START_S + i * 1_800;
      return { atS, author: 1, reader: 2, ...(i === 4 ? { engagedAtS: likedAt(atS + likeDelayS) } : {}) };
    });
  }

  it('moving an engagement from +1 s to +6 h changes exactly the rows in between', async () => {
    // Without decay, so that a like is worth the same whenever it came.
    const early = await featuresOf(timeline(1), { halfLifeS: 1e300 });
    const late = await featuresOf(timeline(6 * HOUR_S), { halfLifeS: 1e300 });
    const changed = early.flatMap((features, i) =>
      features.every((v, f) => Object.is(v, late[i]![f])) ? [] : [i],
    );
    // The like of row 4 is known from row 5 on, or from the first row later than +6 h: row 17.
    expect(changed).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    const changedFeatures = REPLAY_FEATURES.filter((_, f) => !Object.is(early[10]![f], late[10]![f]));
    // Of 15 long and 10 recent rates and 9 sums; a tweet has but one impression here, and nobody is author and reader.
    expect(changedFeatures).toHaveLength(34);
    expect(changedFeatures.every((name) => /^(te|sum)_.*_like$/.test(name))).toBe(true);
  });

  it('with decay, a later like is worth exactly its smaller age more afterwards', async () => {
    const early = await featuresOf(timeline(1));
    const late = await featuresOf(timeline(6 * HOUR_S));
    const like = REPLAY_FEATURES.indexOf('te_a_user_id_like');
    for (const i of [0, 1, 2, 3, 4]) expect(late[i]).toEqual(early[i]);
    const gain = 2 ** ((6 * HOUR_S - 1) / (14 * DAY_S));
    expect(late[30]![like]! / early[30]![like]!).toBeCloseTo(gain, 6);
  });

  it('changing any later label changes no earlier feature', async () => {
    const shown = fc.record({
      gapS: fc.integer({ min: 0, max: 4 * HOUR_S }),
      author: fc.integer({ min: 0, max: 3 }),
      reader: fc.integer({ min: 0, max: 3 }),
      delaysS: fc.tuple(...Array.from({ length: 4 }, () => fc.option(fc.integer({ min: -5, max: DAY_S })))),
      otherDelaysS: fc.tuple(
        ...Array.from({ length: 4 }, () => fc.option(fc.integer({ min: -5, max: DAY_S }))),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(shown, { minLength: 2, maxLength: 60 }), fc.nat(), async (plan, seed) => {
        let atS = START_S;
        const times = plan.map(({ gapS }) => (atS += gapS));
        const cut = times[seed % plan.length]!;
        const build = (isChanged: boolean): Shown[] =>
          plan.map(({ author, reader, delaysS, otherDelaysS }, i) => {
            const delays = isChanged && times[i]! >= cut ? otherDelaysS : delaysS;
            const engagedAtS = delays.map((delay) => (delay === null ? null : times[i]! + delay));
            return { atS: times[i]!, author, reader, engagedAtS: engagedAtS as unknown as EngagementTimes };
          });
        const before = await featuresOf(build(false));
        const after = await featuresOf(build(true));
        const knownCount = times.filter((timeS) => timeS <= cut).length;
        expect(after.slice(0, knownCount)).toEqual(before.slice(0, knownCount));
      }),
      { numRuns: 50 },
    );
  });

  it('rows of one second do not see each other', async () => {
    const rows = [1, 2, 3].map(() => ({ atS: START_S, author: 1, reader: 2, engagedAtS: likedAt(START_S) }));
    const features = await featuresOf(rows);
    expect(features[1]).toEqual(features[0]);
    expect(features[2]).toEqual(features[0]);
  });

  it('warm-up days emit nothing and set the priors', async () => {
    const dayOne = [0, 1, 2, 3].map((i) => ({
      atS: START_S + i,
      author: i,
      reader: i,
      // The last like comes after the warm-up and is no part of the prior.
      ...(i > 1 ? { engagedAtS: likedAt(i === 3 ? START_S + DAY_S : START_S + 10) } : {}),
    }));
    const stranger = { atS: START_S + DAY_S, author: 9, reader: 9 };
    const features = await featuresOf([...dayOne, stranger], { warmUpDays: 1 });
    expect(features).toHaveLength(1);
    expect(features[0]![REPLAY_FEATURES.indexOf('te_b_user_id_like')]).toBe(0.25);
    expect(features[0]![REPLAY_FEATURES.indexOf('te_b_user_id_reply')]).toBe(0);
  });

  it('goes on from where it stopped, as if it never had', async () => {
    const shown = Array.from({ length: 96 }, (_, i): Shown => {
      const atS = START_S + i * HOUR_S;
      // Every fifth is liked a day later, so that likes are on their way at every midnight.
      const engagedAtS = i % 5 === 0 ? { engagedAtS: likedAt(atS + DAY_S - 1) } : {};
      return { atS, author: i % 3, reader: i % 7, ...engagedAtS };
    });
    const whole = await featuresOf(shown, { warmUpDays: 1 });
    const sink = { append: () => Promise.resolve() };
    const firstDays = shown.slice(0, 48).map(partRow);
    const { statistics } = await replay({ vocabulary, rows: [firstDays], warmUpDays: 1, sink });
    const later = await featuresOf(shown, { resumeFrom: statistics });
    expect(later).toHaveLength(48);
    expect(later).toEqual(whole.slice(24));
  });

  it('leaves events after the last day out of the tables', async () => {
    const atS = START_S + HOUR_S;
    const rows = [partRow({ atS, author: 1, reader: 2, engagedAtS: likedAt(START_S + DAY_S) }, 0)];
    const sink = { append: () => Promise.resolve() };
    const { statistics, dayCount } = await replay({ vocabulary, rows: [rows], warmUpDays: 0, sink });
    expect(dayCount).toBe(1);
    expect(statistics.asOfS).toBe(START_S + DAY_S);
    const [authors] = statistics.tables;
    const record = authors!.emptyRecord();
    const seen: number[][] = [];
    authors!.forEach(record, () => seen.push([...record.values]));
    // One impression in each of two horizons.
    expect(seen).toEqual([[1, 0, 0, 0, 0, 1, 0, 0, 0, 0]]);
  });

  it.each([
    [
      'rows out of order',
      [{ atS: START_S + 1 }, { atS: START_S }],
      /row 2: tweet time 1612137600 follows 1612137601 \(tweet [0-9A-F]{32}\), expected rows in ascending order/,
    ],
    [
      'nothing after the warm-up',
      [{ atS: START_S }],
      /1 rows over 1 days, expected rows after the 2 warm-up days/,
      2,
    ],
  ])('refuses %s', async (_name, times, message, warmUpDays = 0) => {
    const shown = times.map(({ atS }) => ({ atS, author: 1, reader: 1 }));
    await expect(featuresOf(shown, { warmUpDays })).rejects.toThrow(message);
  });

  it('refuses to go on with days it knows already', async () => {
    const rows = [partRow({ atS: START_S, author: 1, reader: 2 }, 0)];
    const sink = { append: () => Promise.resolve() };
    const { statistics } = await replay({ vocabulary, rows: [rows], warmUpDays: 0, sink });
    await expect(
      replay({ vocabulary, rows: [rows], warmUpDays: 0, sink, resumeFrom: statistics }),
    ).rejects.toThrow('1 rows over 1 days, expected rows of days after 2021-02-02T00:00:00.000Z');
  });

  it('refuses rows without labels and tokens outside the vocabulary', async () => {
    const sink = { append: () => Promise.resolve() };
    const row = partRow({ atS: START_S, author: 1, reader: 1 }, 0);
    const unlabelled = { ...row, engagementTimesS: undefined };
    await expect(replay({ vocabulary, rows: [[unlabelled]], warmUpDays: 0, sink })).rejects.toThrow(
      /row 1: has 20/,
    );
    const strange = { ...row, tweetId: 'F'.repeat(32), textTokens: [2, 7, 3] };
    await expect(replay({ vocabulary, rows: [[row, strange]], warmUpDays: 0, sink })).rejects.toThrow(
      /row 2: text_tokens: 7, expected an id below 7/,
    );
  });

  it.each<[string, (row: PartRow) => Partial<PartRow>, string]>([
    [
      'a tweet in milliseconds',
      () => ({ tweetCreatedAtS: START_S * 1_000 }),
      'tweet_timestamp: 1612137600000 (milliseconds? 1612137600 in seconds)',
    ],
    ['a tweet before 1970', () => ({ tweetCreatedAtS: -1 }), 'tweet_timestamp: -1, expected Unix seconds'],
    [
      'an author in microseconds',
      ({ author }) => ({ author: { ...author, accountCreatedAtS: 1e15 } }),
      'engaged_with_user_account_creation: 1000000000000000 (microseconds? 1000000000 in seconds)',
    ],
    [
      'a reader made after the tweet',
      ({ reader }) => ({ reader: { ...reader, accountCreatedAtS: START_S + 302 } }),
      'engaging_user_account_creation: 1612137902, expected a time before',
    ],
  ])('names the row and the column of a time that is none: %s', async (_name, change, message) => {
    const sink = { append: () => Promise.resolve() };
    const rows = [0, 1, 2].map((i) => partRow({ atS: START_S + i, author: 1, reader: 2 }, i));
    rows[1] = { ...rows[1]!, ...change(rows[1]!) };
    await expect(replay({ vocabulary, rows: [rows], warmUpDays: 0, sink })).rejects.toThrow(
      `row 2: ${message}`,
    );
  });

  it('analyses the text of a tweet once, for its features and for what is learned, however many readers it has', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => {
      const tweet = Math.floor(i / 4);
      const row = partRow({ atS: START_S + tweet, author: 1, reader: i }, tweet);
      return { ...row, engagementTimesS: likedAt(START_S + tweet + 1) };
    });
    const analyse = vi.spyOn(TweetText.prototype, 'analyse');
    try {
      const sink = { append: () => Promise.resolve() };
      const { featurisedRowCount } = await replay({ vocabulary, rows: [rows], warmUpDays: 0, sink });
      expect(featurisedRowCount).toBe(12);
      expect(analyse).toHaveBeenCalledTimes(3);
    } finally {
      analyse.mockRestore();
    }
  });

  it('stops when told to', async () => {
    const rows = [partRow({ atS: START_S, author: 1, reader: 1 }, 0)];
    const signal = AbortSignal.abort();
    const sink = { append: () => Promise.resolve() };
    await expect(replay({ vocabulary, rows: [rows], warmUpDays: 0, sink, signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
