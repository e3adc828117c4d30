import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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
    ['a,b,0.1,0.2,0.3', 'line 1: 5 columns, expected 6'],
    ['a,b,0.1,0.2,0.3,1.5', 'line 1, column 6 (like): "1.5", expected a probability'],
    ['a,b,,0.2,0.3,0.5', 'line 1, column 3 (reply): "", expected a probability'],
  ])('refuses %s', async (line, message) => {
    const path = join(folder, 'bad.csv');
    writeFileSync(path, `${line}\n`);
    await expect(readAll(path)).rejects.toThrow(message);
  });
});
