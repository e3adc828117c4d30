import { describe, expect, it } from 'vitest';
import { formatPartRow } from './part-file-writer.js';
import { COLUMN_NAMES, parsePartRow, splitPartLine } from './part-line.js';
import type { PartRow, PartUser } from './part-row.js';

const user: PartUser = {
  id: 'B'.repeat(32),
  followerCount: 5,
  followingCount: 6,
  isVerified: false,
  accountCreatedAtS: 1_500_000_000,
};
const line = formatPartRow({
  textTokens: [101, 7, 102],
  hashtags: [],
  tweetId: 'A'.repeat(32),
  media: ['Photo'],
  links: [],
  domains: [],
  tweetType: 'Quote',
  language: 'D'.repeat(32),
  tweetCreatedAtS: 1_600_000_000,
  author: user,
  reader: user,
  authorFollowsReader: false,
  engagementTimesS: [null, 1_600_000_005, null, 1_600_000_006],
});

function withColumn(at: number, value: string): string {
  return line.split('\x01').with(at, value).join('\x01');
}

function parse(text: string): PartRow {
  const position = { path: 'f.tsv', line: 7 };
  return parsePartRow(splitPartLine(text, position), position);
}

function problemOf(text: string): string {
  try {
    parse(text);
    return 'none';
  } catch (error) {
    return String(error);
  }
}

describe('a line of a part file', () => {
  it.each([
    ['a blank line', '', 'a blank line, expected 20 columns, or 24 with labels'],
    ['spaces', '  \t', 'a blank line'],
    ['a header', COLUMN_NAMES.join('\x01'), 'a header line, expected data alone: remove it'],
    ['a header with commas', COLUMN_NAMES.join(','), 'a header line'],
    ['commas', line.replaceAll('\x01', ','), 'columns are separated by commas, expected 20'],
    ['the text ^A', line.replaceAll('\x01', '^A'), 'columns are separated by the two characters ^A'],
    ['the text \\x01', line.replaceAll('\x01', '\\x01'), 'separated by the four characters \\x01'],
    ['bars', line.replaceAll('\x01', '|'), 'columns are separated by vertical bars'],
    ['semicolons', line.replaceAll('\x01', ';'), 'columns are separated by semicolons'],
    ['UTF-16', line.split('').join('\0'), 'holds zero bytes, expected UTF-8 text'],
    ['Ctrl-B', line.replaceAll('\x01', '\x02'), 'columns are separated by Ctrl-B'],
    [
      'a decimal count',
      withColumn(10, '5.0'),
      '"5.0", expected a whole number of 0 or more, written without',
    ],
    ['a decimal time', withColumn(8, '1600000000.0'), 'without a decimal point (1600000000)'],
    ['a decimal engagement', withColumn(20, '1600000000.'), 'Unix seconds, or nothing, written without'],
    ['a decimal time of Spark', withColumn(8, '1.614125083E9'), 'without a decimal point (1614125083)'],
    ['a time with a fraction', withColumn(8, '1614125083.5'), '"1614125083.5", expected Unix seconds'],
    ['a negative count', withColumn(10, '-5'), '"-5", expected a whole number of 0 or more'],
    ['a required NULL', withColumn(10, '\\N'), '"\\\\N", expected a whole number of 0 or more'],
  ])('names what a line is: %s', (_name, badLine, message) => {
    expect(problemOf(badLine)).toContain(message);
  });

  it.each([
    [
      '0',
      '0 is a flag, expected the Unix time of the engagement in seconds, or nothing where there was none',
    ],
    ['1', '1 is a flag, expected the Unix time'],
    [
      '-1',
      '-1, expected the Unix time of the engagement in seconds, or nothing where there was none: leave it',
    ],
    ['1599999699', '1599999699 is before the tweet (1600000000), expected'],
    ['2', '2 is before the tweet (1600000000)'],
    ['1600000005000', '1600000005000 (milliseconds? 1600000005 in seconds), expected'],
    ['160000000500000', '160000000500000 (microseconds? 160000000 in seconds), expected'],
    ['4294967296', '4294967296, expected the Unix time'],
    ['0.0', '0 is a flag, expected the Unix time'],
    ['1.0', '1 is a flag, expected the Unix time'],
    ['1.614125083E12', '1614125083000 (milliseconds? 1614125083 in seconds), expected'],
    ['1600000005.0', '"1600000005.0", expected Unix seconds, or nothing, written without a decimal'],
    ['2147483647', '2147483647 is more than ten years after the tweet (1600000000), expected'],
    ['4294967295', '4294967295 is more than ten years after the tweet (1600000000), expected'],
    ['true', '"true", expected Unix seconds, or nothing'],
    ['NaN', '"NaN", expected Unix seconds, or nothing'],
    ['null', '"null", expected Unix seconds, or nothing'],
    ['1600000005.5', '"1600000005.5", expected Unix seconds, or nothing'],
  ])('refuses the label %s, with line and value', (label, message) => {
    for (const column of [20, 21, 22, 23])
      expect(problemOf(withColumn(column, label))).toContain(
        `f.tsv, line 7, column ${column + 1} (${COLUMN_NAMES[column]}): ${message}`,
      );
  });

  it.each(['', '\\N', '""', '1599999700', '1600000000', '1699999999'])('takes the label "%s"', (label) => {
    const times = parse(withColumn(20, label)).engagementTimesS!;
    expect(times[0]).toBe(/^\d/.test(label) ? Number(label) : null);
  });

  it.each([
    [0, 'textTokens'],
    [1, 'hashtags'],
    [3, 'media'],
    [4, 'links'],
    [5, 'domains'],
  ] as const)("column %d takes Hive's NULL for an empty list, and leaves NULL items out", (column, name) => {
    for (const empty of ['', '\\N', '""', '\\N\t\\N'])
      expect(parse(withColumn(column, empty))[name]).toEqual([]);
    const item = { textTokens: '7', media: 'GIF', hashtags: 'A', links: 'A', domains: 'A' }[name];
    expect(parse(withColumn(column, `\\N\t${item}`))[name]).toHaveLength(1);
  });

  it("takes Hive's NULL for a missing language and tweet type", () => {
    const read = parse(withColumn(7, '\\N'));
    expect([read.language, parse(withColumn(6, '\\N')).tweetType]).toEqual(['', 'TopLevel']);
  });
});
