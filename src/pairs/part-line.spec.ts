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
    ['upper-case names', COLUMN_NAMES.join('\x01').toUpperCase(), 'a header line, expected data alone'],
    ['names of a table', COLUMN_NAMES.map((name) => `t.${name}`).join('\x01'), 'a header line'],
    ['quoted names', COLUMN_NAMES.map((name) => `"${name}"`).join('\x01'), 'a header line'],
    ['names made up by Spark', COLUMN_NAMES.map((_, i) => `_c${i}`).join('\x01'), 'a header line'],
    ['names made up by Hive', COLUMN_NAMES.map((_, i) => `_col${i}`).join('\x01'), 'a header line'],
    ['numbered names, 21 of them', Array.from({ length: 21 }, (_, i) => `col_${i}`).join('\x01'), 'a header'],
    [
      'TABs, also between items',
      `101\t7\t${line.replaceAll('\x01', '\t')}`,
      'no Ctrl-A in it, but TABs, expected',
    ],
    [
      'commas, also in a text',
      `1,2,${line.replaceAll('\x01', ',')}`,
      'no Ctrl-A in it, but commas, expected',
    ],
    ['a comment', '# written 2021-02-24', 'no Ctrl-A in it, expected 20 columns'],
    ['a count of rows', '(300 rows affected)', 'no Ctrl-A in it, expected 20 columns'],
    ['19 columns', line.split('\x01').slice(0, 19).join('\x01'), '19 columns, expected 20 columns'],
    ['25 columns', `${line}\x01`, '25 columns, expected 20 columns'],
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
    [
      'a count in quotation marks',
      withColumn(10, '"5"'),
      'a whole number of 0 or more, without quotation marks',
    ],
    ['an id in quotation marks', withColumn(2, `"${'A'.repeat(32)}"`), 'digits, without quotation marks'],
    [
      'a count of 16 digits',
      withColumn(10, '9007199254740993'),
      'expected a whole number from 0 to 999999999999999',
    ],
    [
      'a count beyond 2^64',
      withColumn(15, '18446744073709551616'),
      'a whole number from 0 to 999999999999999',
    ],
    [
      'microseconds',
      withColumn(8, '1614125083000000'),
      '(microseconds? 1614125083 in seconds), expected Unix seconds',
    ],
    [
      'nanoseconds',
      withColumn(18, '1614125083000000000'),
      '(nanoseconds? 1614125083 in seconds), expected Unix',
    ],
    [
      'milliseconds of Spark',
      withColumn(8, '1.614125083E12'),
      '(milliseconds? 1614125083 in seconds), expected',
    ],
    ['a time beyond all units', withColumn(8, '9'.repeat(30)), `"${'9'.repeat(30)}", expected Unix seconds`],
    ['a date', withColumn(8, '2021-02-24 00:00:00'), '"2021-02-24 00:00:00", expected Unix seconds'],
    ['a plus sign', withColumn(8, '+1614125083'), '"+1614125083", expected Unix seconds'],
    ['underscores', withColumn(10, '1_000'), '"1_000", expected a whole number'],
    ['thousands', withColumn(10, '1,000'), '"1,000", expected a whole number'],
    ['digits of another script', withColumn(10, '\u0665'), 'expected a whole number of 0 or more'],
    ['an exponent', withColumn(10, '1e3'), 'written without a decimal point (1000)'],
    ['a hexadecimal number', withColumn(10, '0x10'), '"0x10", expected a whole number'],
    ['a no-break space', withColumn(10, '5\u00a0'), String.raw`"5\u00a0", expected a whole number`],
    ['a zero-width space', withColumn(17, 'true\u200b'), String.raw`"true\u200b", expected true or false`],
    ['a mark inside', withColumn(2, `\uFEFF${'A'.repeat(32)}`), String.raw`"\ufeffAAA`],
    ['a line separator', withColumn(7, '\u2028'), String.raw`"\u2028", expected 32 hexadecimal digits`],
    ['a zero byte', withColumn(0, '101\t7\0'), String.raw`"7\u0000", expected wordpiece ids`],
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
    const hash = 'A'.repeat(32);
    const item = { textTokens: '7', media: 'GIF', hashtags: hash, links: hash, domains: hash }[name];
    expect(parse(withColumn(column, `\\N\t${item}`))[name]).toHaveLength(1);
  });

  it.each([1, 4, 5])('column %d refuses what would count as an item and is none', (column) => {
    const name = `column ${column + 1} (${COLUMN_NAMES[column]})`;
    const hash = 'A'.repeat(32);
    const others = ['null', 'NULL', 'None', 'NaN', 'NA', '<NA>', '(null)', "''", '-', ' ', '[]', '{}'];
    const lists = [
      `["${hash}"]`,
      `${hash},${hash}`,
      `${hash}|${hash}`,
      `${hash} ${hash}`,
      `${hash}\x02${hash}`,
    ];
    const items = [
      '#tag',
      'example.com',
      '\u{1F600}',
      '\u0645\u0631\u062d\u0628\u0627',
      hash.slice(1),
      `${hash}\0`,
    ];
    const gaps = ['\t', `${hash}\t`, `\t${hash}`, `${hash}\t\t${hash}`];
    for (const value of [...others, ...lists, ...items, ...gaps])
      expect([value, problemOf(withColumn(column, value)).split(': ').slice(1)]).toEqual([
        value,
        [
          `f.tsv, line 7, ${name}`,
          expect.stringMatching(/^".*", expected 32 hexadecimal digits each, between TABs, or nothing/),
        ],
      ]);
    const key = { 1: 'hashtags', 4: 'links', 5: 'domains' }[column] as 'hashtags' | 'links' | 'domains';
    expect(parse(withColumn(column, `${hash}\t${'b'.repeat(32)}`))[key]).toEqual([hash, 'b'.repeat(32)]);
  });

  it('wants labels where they are required', () => {
    const position = { path: 'f.tsv', line: 7 };
    const fields = line.split('\x01');
    const read = (count: number): PartRow => parsePartRow(fields.slice(0, count), position, 'required');
    expect(() => read(20)).toThrow('f.tsv, line 7: 20 columns, expected 24 with labels');
    expect(read(24).engagementTimesS).toEqual([null, 1_600_000_005, null, 1_600_000_006]);
  });

  it("takes Hive's NULL for a missing language and tweet type", () => {
    const read = parse(withColumn(7, '\\N'));
    expect([read.language, parse(withColumn(6, '\\N')).tweetType]).toEqual(['', 'TopLevel']);
  });
});
