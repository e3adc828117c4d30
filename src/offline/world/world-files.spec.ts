import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPartFile } from '../../pairs/part-file-reader.js';
import { readPredictionFile } from '../../pairs/prediction-file.js';
import { World } from './world.js';
import { writeWorldFiles } from './world-files.js';

const world = new World({ seed: 8, userCount: 200, pairsPerDay: 1500 });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'world-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeWorldFiles', () => {
  it('writes days that read back as they were made, with the truth beside them', async () => {
    const progress: number[] = [];
    const calibration = await writeWorldFiles(world, {
      folder,
      firstDay: 4,
      dayCount: 2,
      onProgress: (rowCount) => progress.push(rowCount),
    });
    expect(readdirSync(folder).sort()).toEqual([
      'part-00004.tsv',
      'part-00005.tsv',
      'truth-00004.csv',
      'truth-00005.csv',
      'vocab.txt',
      'world.json',
    ]);
    const made = [...world.generateDay(5)].flat();
    expect(await rowsOf(readPartFile(join(folder, 'part-00005.tsv')))).toEqual(made.map(({ row }) => row));
    const truth = await rowsOf(readPredictionFile(join(folder, 'truth-00005.csv')));
    expect(truth).toEqual(
      made.map((pair) => ({
        tweetId: pair.row.tweetId,
        readerId: pair.row.reader.id,
        probabilities: [...pair.truth],
      })),
    );
    expect(readFileSync(join(folder, 'vocab.txt'), 'utf8')).toBe(world.vocabularyText());
    expect(JSON.parse(readFileSync(join(folder, 'world.json'), 'utf8'))).toMatchObject({
      seed: 8,
      userCount: 200,
      pairsPerDay: 1500,
      firstDay: 4,
      dayCount: 2,
      calibration: calibration.map((line) => ({ ...line })),
    });
    expect(progress.at(-1)).toBe(3000);
  });

  it('leaves no half file when it is stopped', async () => {
    const controller = new AbortController();
    const stopped = writeWorldFiles(world, {
      folder,
      firstDay: 0,
      dayCount: 3,
      onProgress: (rowCount) => {
        if (rowCount > 1500) controller.abort();
      },
      signal: controller.signal,
    });
    await expect(stopped).rejects.toThrow('aborted');
    expect(readdirSync(folder).sort()).toEqual(['part-00000.tsv', 'truth-00000.csv', 'vocab.txt']);
  });
});

async function rowsOf<T>(batches: AsyncIterable<T[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
}
