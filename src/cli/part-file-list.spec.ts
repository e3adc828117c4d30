import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { formatPartRow } from '../pairs/part-file-writer.js';
import { readPartFile } from '../pairs/part-file-reader.js';
import { listPartFiles, readPartFiles } from './part-file-list.js';

const EXAMPLE = 'examples/part-00020.tsv';
const root = mkdtempSync(join(tmpdir(), 'parts-'));
afterAll(() => rmSync(root, { recursive: true }));
const exampleRows = (await Array.fromAsync(readPartFile(EXAMPLE)))[0]!;
const LINES = exampleRows.slice(0, 20).map((row) => `${formatPartRow(row)}\n`);

/** A folder with one row in each name that ends in a slash or not; a name with a slash at its end is a folder. */
function folderOf(...names: readonly string[]): string {
  const folder = mkdtempSync(join(root, 'case-'));
  names.forEach((name, i) => {
    const path = join(folder, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('/')) return;
    writeFileSync(path, name.toLowerCase().endsWith('.gz') ? gzipSync(LINES[i]!) : LINES[i]!);
  });
  return folder;
}

async function tweetsOf(...paths: string[]): Promise<string[]> {
  const batches = await Array.fromAsync(readPartFiles(listPartFiles(paths)));
  return batches.flat().map(({ tweetId, reader }) => tweetId + reader.id);
}

const idOf = (i: number): string => exampleRows[i]!.tweetId + exampleRows[i]!.reader.id;

describe('listPartFiles', () => {
  it.each([
    ['Hadoop without endings', ['part-00000', 'part-00001']],
    ['one with and one without an ending', ['part-00000', 'part-00001.tsv']],
    [
      'every ending',
      ['part-0', 'part-1.csv', 'part-2.tsv', 'part-3.txt', 'part-4.gz', 'part-5.csv.gz', 'part-6.TSV.GZ'],
    ],
    ['mappers and reducers', ['part-m-00000', 'part-m-00001', 'part-r-00000.gz']],
    ['Spark', ['part-00000-9c1d-4e2b-c000.csv', 'part-00001-9c1d-4e2b-c000.txt.gz', 'part-00002-9c1d.c000']],
    ['Databricks', ['part-00000-tid-81-0b9e-1-1-c000.csv', 'part-00001-tid-81-0b9e-2-1-c000.csv']],
    ['Hive', ['000000_0', '000000_0_copy_1', '000001_0.gz']],
    ['Beam', ['part-00000-of-00002', 'part-00001-of-00002.csv']],
    ['Spark buckets', ['part-00000-9c1d_00000.c000.csv', 'part-00001-9c1d_00001.c000.csv']],
    ['numbers of different lengths', ['part-9', 'part-10', 'part-100000.tsv']],
  ])('reads every row of parts by %s', async (_, names) => {
    expect(await tweetsOf(folderOf(...names))).toEqual(names.map((_name, i) => idOf(i)));
  });

  it('skips the markers of Hadoop and Spark, hidden files, and what generate writes', async () => {
    const markers = [
      '_SUCCESS',
      '_committed_81',
      '_started_81',
      '.part-00000.crc',
      '.hidden',
      '._SUCCESS.crc',
    ];
    const companions = ['truth-00000.csv', 'vocab.txt', 'world.json'];
    expect(await tweetsOf(folderOf('part-00000', ...markers, ...companions))).toEqual([idOf(0)]);
  });

  it.each([
    ['part-00001.snappy', /a Snappy file, expected text, gzipped or not: write it again with gzip/],
    ['part-00001-9c1d.c000.snappy.parquet', /a Parquet file, .* write it again as text/],
    ['part-00001.lzo', /an? LZO file, .* `lzop -d`/],
    ['part-00001.zst', /`zstd -d`/],
    ['part-00001.csv.bz2', /`bunzip2`/],
    ['part-00001.deflate', /Deflate/],
    ['part-00001.orc', /ORC/],
    ['part-00001.json', /JSON/],
    ['part-00001.tsv.partial', /unfinished/],
    ['part-00001.tsv~', /not the name of a part file/],
    ['part-00001~', /not the name of a part file/],
    ['part-00000 (1)', /not the name of a part file/],
    ['part-00000 (1).tsv', /not the name of a part file/],
    ['part-00000 copy.csv', /not the name of a part file/],
    ['part-00000#1#', /not the name of a part file/],
    ['Thumbs.db', /not the name of a part file/],
    ['20210224_000000_00001_abcde_0f3e.gz', /not the name of a part file/],
    ['data-000000000000.csv', /not the name of a part file/],
    ['_metadata', /not the name of a part file/],
    ['part-00001.tsv.bak', /not the name of a part file/],
    ['Part-00001.tsv', /not the name of a part file/],
    ['rows.tsv', /not the name of a part file/],
    ['_temporary', /not the name of a part file/],
    ['_SUCCESS2', /not the name of a part file/],
    ['part-00000.gz', /the same part as part-00000 beside it/],
    ['day=2021-02-08/', /a folder in a folder/],
    ['_delta_log/', /a folder in a folder/],
    ['HIVE_UNION_SUBDIR_1/', /a folder in a folder/],
    ['_temporary/', /a folder in a folder/],
  ])('refuses a folder that also holds %s', (name, message) => {
    const folder = folderOf('part-00000', name);
    const field = join(folder, name).replace(/\/$/, '');
    expect(() => listPartFiles([folder])).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA_FILE', field, message: expect.stringMatching(message) }),
    );
  });

  it('follows symbolic links and refuses one to nothing', async () => {
    const folder = folderOf('rows/part-00000.tsv');
    const links = folderOf();
    symlinkSync(join(folder, 'rows/part-00000.tsv'), join(links, 'part-00000.tsv'));
    expect(await tweetsOf(links)).toEqual([idOf(0)]);
    symlinkSync('gone', join(links, 'part-00001.tsv'));
    expect(() => listPartFiles([links])).toThrow(/part-00001\.tsv: a symbolic link to nothing/);
  });

  it('refuses paths that stand for nothing, or twice for the same rows', () => {
    const folder = folderOf('part-00000');
    expect(() => listPartFiles([join(folder, 'none')])).toThrow(/no such file or folder/);
    expect(() => listPartFiles([folderOf('_SUCCESS')])).toThrow(/a folder without a part file/);
    expect(() => listPartFiles([folder, join(folder, 'part-00000')])).toThrow(/part-00000: given twice/);
    expect(() => listPartFiles(['-', '-'])).toThrow(/given twice/);
    expect(() => listPartFiles([join(folderOf('part-1.zst'), 'part-1.zst')])).toThrow(/Zstandard/);
  });

  it.each([
    ['Zstandard', '28b52ffd04'],
    ['LZO', '894c5a4f000d0a1a0a'],
    ['Parquet', '5041523115041500'],
    ['Snappy', 'ff060000734e61507059'],
    ['ORC', '4f52430a'],
    ['bzip2', '425a6839314159265359'],
  ])('tells %s by its first bytes, whatever the name is', async (format, hex) => {
    const folder = folderOf();
    writeFileSync(join(folder, 'part-00000'), Buffer.from(hex, 'hex'));
    await expect(tweetsOf(folder)).rejects.toThrow(new RegExp(`part-00000: an? ${format} file`));
  });

  it('tells gzip by its first bytes and reads every member of it', async () => {
    const folder = folderOf();
    const members = LINES.slice(0, 3).map((line) => gzipSync(line));
    writeFileSync(join(folder, 'part-00000.tsv'), Buffer.concat(members));
    writeFileSync(join(folder, 'part-00001.gz'), LINES[3]!);
    writeFileSync(join(folder, 'part-00002'), '');
    expect(await tweetsOf(folder)).toEqual([0, 1, 2, 3].map(idOf));
  });
});
