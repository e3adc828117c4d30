import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readPartFile } from './part-file-reader.js';
import { formatPartRow, PartFileWriter } from './part-file-writer.js';
import { parsePartRow, splitPartLine } from './part-line.js';
import type { PartRow } from './part-row.js';

const folder = mkdtempSync(join(tmpdir(), 'parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hex = fc.string({
  unit: fc.constantFrom(...'0123456789ABCDEF'.split('')),
  minLength: 32,
  maxLength: 32,
});
const count = fc.integer({ min: 0, max: 1e12 });
const time = fc.integer({ min: -1e9, max: 4e9 });
const delayOrNull = fc.option(fc.integer({ min: 0, max: 1e8 }), { nil: null });
const user = fc.record({
  id: hex,
  followerCount: count,
  followingCount: count,
  isVerified: fc.boolean(),
  accountCreatedAtS: time,
});
const unlabelled: fc.Arbitrary<PartRow> = fc.record({
  textTokens: fc.array(fc.integer({ min: 0, max: 0xff_ff_ff_ff }), { maxLength: 9 }),
  hashtags: fc.array(hex, { maxLength: 2 }),
  tweetId: hex,
  media: fc.array(fc.constantFrom('Photo', 'Video', 'GIF'), { maxLength: 4 }),
  links: fc.array(hex, { maxLength: 2 }),
  domains: fc.array(hex, { maxLength: 2 }),
  tweetType: fc.constantFrom('TopLevel', 'Retweet', 'Quote'),
  language: fc.oneof(hex, fc.constant('')),
  tweetCreatedAtS: time,
  author: user,
  reader: user,
  authorFollowsReader: fc.boolean(),
  engagementTimesS: fc.constant(undefined),
});
/** Engagements are at the tweet's time or later, and not in 1970. */
const partRow: fc.Arbitrary<PartRow> = fc
  .tuple(unlabelled, fc.option(fc.tuple(delayOrNull, delayOrNull, delayOrNull, delayOrNull)))
  .map(([row, delays]) => ({
    ...row,
    engagementTimesS:
      delays === null
        ? undefined
        : [at(row, delays[0]), at(row, delays[1]), at(row, delays[2]), at(row, delays[3])],
  }));

function at({ tweetCreatedAtS }: PartRow, delayS: number | null): number | null {
  return delayS === null ? null : Math.max(tweetCreatedAtS + delayS, 2);
}

const [row] = fc.sample(partRow, { numRuns: 1, seed: 1 });

async function readAll(path: string): Promise<PartRow[]> {
  return (await Array.fromAsync(readPartFile(path))).flat();
}

function parse(line: string): PartRow {
  const position = { path: 'f.tsv', line: 7 };
  return parsePartRow(splitPartLine(line, position), position);
}

function problemOf(line: string): string {
  try {
    parse(line);
    return 'none';
  } catch (error) {
    return String(error);
  }
}

describe('part files', () => {
  it('any row is read as it was written', () => {
    fc.assert(
      fc.property(partRow, (row) => {
        const line = formatPartRow(row);
        expect(line.split('\x01')).toHaveLength(row.engagementTimesS === undefined ? 20 : 24);
        expect(parse(line)).toEqual(row);
      }),
    );
  });

  it('a damaged line is a clear error or another row, never a crash', () => {
    fc.assert(
      fc.property(partRow, fc.nat(), fc.string({ maxLength: 3 }), (row, seed, patch) => {
        const line = formatPartRow(row);
        const at = seed % line.length;
        const problem = problemOf(line.slice(0, at) + patch + line.slice(at + 1));
        expect(problem).toMatch(/^none$|^PairstreamError: f\.tsv, line 7(, column \d+ \(\w+\))?: /);
      }),
      { numRuns: 500 },
    );
    expect(problemOf('')).toContain('line 7: a blank line, expected 20 columns, or 24 with labels');
  });

  it('a row without language or tweet type is of no known language, and top level', () => {
    const fields = formatPartRow({ ...row!, tweetType: 'Quote' }).split('\x01');
    fields[6] = '';
    fields[7] = '';
    const read = parse(fields.join('\x01'));
    expect(read).toEqual({ ...row!, tweetType: 'TopLevel', language: '' });
    fields[7] = ' ';
    expect(problemOf(fields.join('\x01'))).toContain(
      'column 8 (language): " ", expected 32 hexadecimal digits',
    );
  });

  it.each(['plain.tsv', 'packed.tsv.gz'])('writes and reads %s in batches', async (name) => {
    const path = join(folder, name);
    const rows = Array.from({ length: 2_500 }, (_, i) => ({
      ...row!,
      tweetCreatedAtS: i,
      engagementTimesS: undefined,
    }));
    const writer = await PartFileWriter.open(path);
    await writer.write(rows.slice(0, 2_000));
    await writer.write(rows.slice(2_000));
    expect(existsSync(path)).toBe(false);
    await writer.close();
    expect(existsSync(`${path}.partial`)).toBe(false);
    const batches = await Array.fromAsync(readPartFile(path));
    expect(batches.map(({ length }) => length)).toEqual([1_024, 1_024, 452]);
    expect(batches.flat()).toEqual(rows);
    const isGzip = readFileSync(path).readUInt16BE(0) === 0x1f8b;
    expect(isGzip).toBe(name.endsWith('.gz'));
  });

  it('leaves nothing behind when writing is given up', async () => {
    const path = join(folder, 'given-up.tsv.gz');
    const writer = await PartFileWriter.open(path);
    await writer.write([row!]);
    await writer.abort();
    expect(existsSync(path) || existsSync(`${path}.partial`)).toBe(false);
  });

  it('accepts CRLF and an empty file', async () => {
    const path = join(folder, 'crlf.tsv');
    writeFileSync(path, `${formatPartRow(row!)}\r\n${formatPartRow(row!)}\r\n`);
    expect(await readAll(path)).toEqual([row, row]);
    writeFileSync(path, '');
    expect(await readAll(path)).toEqual([]);
  });

  const tweetCreatedAtS = 1_600_000_000;
  const line = formatPartRow({
    ...row!,
    tweetCreatedAtS,
    engagementTimesS: [null, 1_600_000_005, null, 1_600_000_006],
  });
  const withColumn = (at: number, value: string): string => line.split('\x01').with(at, value).join('\x01');
  it.each([
    ['a token', withColumn(0, '1\tx'), 'line 2, column 1 (text_tokens): "x", expected wordpiece ids'],
    ['an id', withColumn(2, 'ABC'), 'line 2, column 3 (tweet_id): "ABC", expected 32 hexadecimal digits'],
    ['media', withColumn(3, 'Photo\tFilm'), 'column 4 (present_media): "Film", expected Photo, Video or GIF'],
    ['a type', withColumn(6, 'Reply'), 'column 7 (tweet_type): "Reply", expected TopLevel, Retweet, Quote'],
    ['a time', withColumn(8, '1e9'), 'column 9 (tweet_timestamp): "1e9", expected Unix seconds'],
    [
      'a count',
      withColumn(10, '-1'),
      'column 11 (engaged_with_user_follower_count): "-1", expected a whole number',
    ],
    [
      'a flag',
      withColumn(17, 'True'),
      'column 18 (engaging_user_is_verified): "True", expected true or false',
    ],
    [
      'an engagement',
      withColumn(21, 'yes'),
      'column 22 (retweet_timestamp): "yes", expected Unix seconds, or nothing',
    ],
    [
      'columns',
      line.split('\x01').slice(0, 23).join('\x01'),
      'line 2: 23 columns, expected 20 columns, or 24 with labels, separated by Ctrl-A',
    ],
    [
      'a mix',
      line.split('\x01').slice(0, 20).join('\x01'),
      'line 2: 20 columns, expected 24 as on the lines before',
    ],
  ])('names line and column of a wrong %s', async (_name, badLine, message) => {
    const path = join(folder, 'bad.tsv');
    writeFileSync(path, `${line}\n${badLine}\n`);
    await expect(readAll(path)).rejects.toThrow(message);
  });

  it('does not look at labels that are ignored', async () => {
    const path = join(folder, 'flags.tsv');
    writeFileSync(path, `${withColumn(20, '0')}\n`);
    await expect(readAll(path)).rejects.toThrow('0 is a flag');
    const rows = (await Array.fromAsync(readPartFile(path, { labels: 'ignored' }))).flat();
    expect(rows).toMatchObject([{ tweetCreatedAtS, engagementTimesS: undefined }]);
  });

  const MARK = '\uFEFF';
  it.each<[string, string | Buffer, number]>([
    ['at the start', `${MARK}${line}\n`, 1],
    ['two at the start', `${MARK}${MARK}${line}\n`, 1],
    ['where files were joined', `${MARK}${line}\n${MARK}${line}\r\n`, 2],
    ['in a gzip file', gzipSync(`${MARK}${line}\n`), 1],
    ['in joined gzip files', Buffer.concat([gzipSync(`${MARK}${line}\n`), gzipSync(`${MARK}${line}\n`)]), 2],
    ['in a file without rows', MARK, 0],
  ])('skips byte order marks: %s', async (_name, content, rowCount) => {
    const path = join(folder, 'bom.tsv');
    writeFileSync(path, content);
    const rows = await readAll(path);
    expect(rows.map((read) => formatPartRow(read))).toEqual(Array.from({ length: rowCount }, () => line));
  });

  it.each<[string, string | Buffer, string]>([
    ['a line with CR alone', `${line}\r${line}\r`, 'lines end with CR alone, expected LF or CRLF'],
    ['many lines with CR alone', `${line}\r`.repeat(5_000), 'lines end with CR alone'],
    ['gzip in gzip', gzipSync(gzipSync(`${line}\n`)), 'gzipped twice, expected text, gzipped once or not'],
    [
      'gzip that was cut',
      gzipSync(`${line}\n`).subarray(0, -9),
      'the gzip data end early: the file was cut off',
    ],
    [
      'text behind gzip',
      Buffer.concat([gzipSync(`${line}\n`), Buffer.from('more')]),
      'or followed by something else',
    ],
    ['damaged gzip', gzipSync(`${line}\n`).fill(0xff, 20, 30), 'the gzip data are damaged'],
  ])('names %s', async (_name, content, message) => {
    const path = join(folder, 'damaged.tsv');
    writeFileSync(path, content);
    await expect(readAll(path)).rejects.toThrow(message);
  });

  it('leaves bad rows out if it is told to, and names each', async () => {
    const unlabelled = line.split('\x01').slice(0, 20).join('\x01');
    const first = join(folder, 'first-bad.tsv');
    writeFileSync(first, `${unlabelled}\n${line}\n${unlabelled}\n${line}\n`);
    const columns: string[] = [];
    const labelled = await Array.fromAsync(
      readPartFile(first, { labels: 'required', onBadRow: ({ message }) => void columns.push(message) }),
    );
    expect([labelled.flat().length, columns.length]).toEqual([2, 2]);
    expect(columns[0]).toContain('line 1: 20 columns, expected 24 with labels');
    const path = join(folder, 'some-bad.tsv');
    writeFileSync(path, [line, '', line, withColumn(8, 'x'), withColumn(20, '0'), line, ''].join('\n'));
    const problems: string[] = [];
    const onBadRow = (error: Error): void => void problems.push(error.message);
    const rows = (await Array.fromAsync(readPartFile(path, { onBadRow }))).flat();
    expect(rows).toHaveLength(3);
    expect(problems.map((problem) => /line (\d)/.exec(problem)?.[1])).toEqual(['2', '4', '5']);
  });

  it('tells a file that was cut off, plain or gzipped, or is missing', async () => {
    const path = join(folder, 'cut.tsv');
    writeFileSync(path, `${line}\n${line.slice(0, 50)}`);
    await expect(readAll(path)).rejects.toThrow('line 2 has no newline at its end: the file was cut off');
    const packed = gzipSync(`${line}\n`.repeat(5_000));
    writeFileSync(path, packed.subarray(0, packed.length / 2));
    await expect(readAll(path)).rejects.toMatchObject({ code: 'INVALID_DATA_FILE' });
    await expect(readAll(join(folder, 'none.tsv'))).rejects.toThrow('cannot be read (no such file)');
    writeFileSync(path, 'x'.repeat(3_000_000));
    await expect(readAll(path)).rejects.toThrow('line 1 is longer than 1 MiB');
  });
});
