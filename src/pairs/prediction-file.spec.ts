import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ArrowFileWriter, type ArrowColumn } from '../files/arrow-file.js';
import { openPredictionFile, type PredictionRow, readPredictionFile } from './prediction-file.js';

const folder = mkdtempSync(join(tmpdir(), 'predictions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS: PredictionRow[] = [
  { tweetId: 'A'.repeat(32), readerId: 'B'.repeat(32), probabilities: [0.25, 0.5, 0.0078125, 1] },
  {
    tweetId: 'C'.repeat(32),
    readerId: 'D'.repeat(32),
    probabilities: [Number.NaN, Number.NaN, Number.NaN, Number.NaN],
  },
];

async function readAll(path: string): Promise<PredictionRow[]> {
  return (await Array.fromAsync(readPredictionFile(path))).flat();
}

describe('prediction files', () => {
  it.each(['p.csv', 'p.csv.gz', 'p.arrow'])('%s reads back as written', async (name) => {
    const path = join(folder, name);
    const writer = await openPredictionFile(path);
    await writer.write(ROWS);
    await writer.write([]);
    await writer.write(ROWS);
    expect(existsSync(path)).toBe(false);
    await writer.close();
    expect(await readAll(path)).toEqual([...ROWS, ...ROWS]);
  });

  it('CSV is the submission form, without a header', async () => {
    const path = join(folder, 'form.csv');
    const writer = await openPredictionFile(path);
    await writer.write(ROWS.slice(0, 1));
    await writer.close();
    expect(readFileSync(path, 'utf8')).toBe(`${'A'.repeat(32)},${'B'.repeat(32)},0.25,0.5,0.0078125,1\n`);
  });

  it.each(['gone.csv', 'gone.arrow'])('%s given up leaves nothing', async (name) => {
    const writer = await openPredictionFile(join(folder, name));
    await writer.write(ROWS);
    await writer.abort();
    expect(existsSync(join(folder, name)) || existsSync(join(folder, `${name}.partial`))).toBe(false);
  });

  it.each([
    ['a,b,0.1,0.2,0.3', 'line 1: 5 columns, expected 6 columns separated by commas'],
    ['a;b;0.1;0.2;0.3;0.4', 'line 1: 1 columns, expected 6 columns separated by commas'],
    ['', 'line 1: a blank line, expected 6 columns separated by commas'],
    ['a,b, ,0.2,0.3,0.5', 'line 1, column 3 (reply): " ", expected a probability'],
    ['a,b,0x1,0.2,0.3,0.5', 'line 1, column 3 (reply): "0x1", expected a probability'],
    ['a,b,0.1,-0.2,0.3,0.5', 'line 1, column 4 (retweet): "-0.2", expected a probability'],
    ['a,b,0.1,0.2,"0.3",0.5', String.raw`line 1, column 5 (quote): "\"0.3\"", expected a probability`],
    ['a,b,0.1,0.2,1e1,0.5', 'line 1, column 5 (quote): "1e1", expected a probability'],
    ['a,b,0.1,0.2,0.3,inf', 'line 1, column 6 (like): "inf", expected a probability'],
    ['a,b,0.1,0.2,0.3,1.5', 'line 1, column 6 (like): "1.5", expected a probability'],
    ['a,b,,0.2,0.3,0.5', 'line 1, column 3 (reply): "", expected a probability'],
  ])('refuses %s', async (line, message) => {
    const path = join(folder, 'bad.csv');
    writeFileSync(path, `${line}\n`);
    await expect(readAll(path)).rejects.toThrow(message);
  });

  it.each([
    ['\uFEFFa,b,0.1,0.2,0.3,1.4e-45\n', 1.4e-45],
    ['a,b,0.1,0.2,0.3,1E-3\r\n', 0.001],
    ['a,b,0.1,0.2,0.3,.5\n', 0.5],
    ['a,b,0.1,0.2,0.3,1.\n', 1],
    ['\uFEFFtweet_id,reader_id,reply,retweet,quote,like\r\na,b,0.1,0.2,0.3,0\r\n', 0],
  ])('reads %j', async (text, like) => {
    const path = join(folder, 'other.csv');
    writeFileSync(path, text);
    expect(await readAll(path)).toEqual([
      { tweetId: 'a', readerId: 'b', probabilities: [0.1, 0.2, 0.3, like] },
    ]);
  });

  const arrowColumns = (like: ArrowColumn['type']): ArrowColumn[] => [
    { name: 'tweet_id', type: 'utf8' },
    { name: 'reader_id', type: 'utf8' },
    ...['reply', 'retweet', 'quote'].map((name) => ({ name, type: 'float64' as const })),
    { name: 'like', type: like },
  ];
  it.each([
    [
      'a number above 1',
      'float64' as const,
      Float64Array.of(0.5, 7),
      'row 2, column like: 7, expected a prob',
    ],
    ['text', 'utf8' as const, ['0.5', '0.5'], 'row 1, column like: "0.5", expected a probability'],
  ])('refuses %s in an Arrow file', async (_name, type, like, message) => {
    const path = join(folder, 'bad.arrow');
    const writer = await ArrowFileWriter.open(path, arrowColumns(type));
    const half = Float64Array.of(0.5, 0.5);
    const rest = { tweet_id: ['a', 'b'], reader_id: ['c', 'd'], reply: half, retweet: half, quote: half };
    await writer.writeBatch({ ...rest, like }, 2);
    await writer.close();
    await expect(readAll(path)).rejects.toThrow(message);
  });

  it('counts the rows of an Arrow file over its batches', async () => {
    const path = join(folder, 'late.arrow');
    const writer = await openPredictionFile(path);
    await writer.write(ROWS);
    await writer.write([{ ...ROWS[0]!, probabilities: [0.1, -1, 0.1, 0.1] }]);
    await writer.close();
    await expect(readAll(path)).rejects.toThrow('row 3, column retweet: -1, expected a probability');
  });

  it('names the column an Arrow file lacks', async () => {
    const path = join(folder, 'lacks.arrow');
    const writer = await ArrowFileWriter.open(path, [{ name: 'tweet_id', type: 'utf8' }]);
    await writer.writeBatch({ tweet_id: ['a'] }, 1);
    await writer.close();
    await expect(readAll(path)).rejects.toThrow('no column reader_id, only tweet_id');
  });
});
