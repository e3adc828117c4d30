import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { PartFileWriter } from '../../pairs/part-file-writer.js';
import { openPredictionFile } from '../../pairs/prediction-file.js';
import { TextFileWriter } from '../../pairs/text-file-writer.js';
import { makeFolder } from '../../files/output-folder.js';
import { Calibration, type CalibrationLine } from './calibration.js';
import type { World, WorldPair } from './world.js';

/** Days to write, and the folder to write them to. */
export interface WorldFilesOptions {
  /** Created if it is missing. */
  readonly folder: string;
  /** Number of the first day, from 0. */
  readonly firstDay: number;
  readonly dayCount: number;
  /** Called after each batch with the number of rows written so far. */
  readonly onProgress?: (rowCount: number) => void;
  /** Stops between two batches; unfinished files are removed. */
  readonly signal?: AbortSignal;
}

/**
 * Writes `vocab.txt`, for each day d `part-<d>.tsv` with its rows and `truth-<d>.csv` with the true probabilities, and finally
 * `world.json` with the parameters and the calibration. Each file has a partial name until it is complete.
 * @returns the calibration of the written rows
 * @throws the signal's reason if it is aborted
 */
export async function writeWorldFiles(world: World, options: WorldFilesOptions): Promise<CalibrationLine[]> {
  const { folder, firstDay, dayCount } = options;
  makeFolder(folder);
  await writeTextFile(join(folder, 'vocab.txt'), world.vocabularyText());
  const calibration = new Calibration();
  for (let day = firstDay; day < firstDay + dayCount; day += 1) {
    const rowsBefore = (day - firstDay) * world.parameters.pairsPerDay;
    await writeDay(world, day, rowsBefore, calibration, options);
  }
  const lines = calibration.lines();
  const description = { ...world.parameters, startS: world.startS, firstDay, dayCount, calibration: lines };
  await writeTextFile(join(folder, 'world.json'), `${JSON.stringify(description, null, 2)}\n`);
  return lines;
}

async function writeDay(
  world: World,
  day: number,
  rowsBefore: number,
  calibration: Calibration,
  { folder, onProgress, signal }: WorldFilesOptions,
): Promise<void> {
  const number = String(day).padStart(5, '0');
  const files: { abort(): Promise<void> }[] = [];
  let rowCount = rowsBefore;
  try {
    const rows = await PartFileWriter.open(join(folder, `part-${number}.tsv`));
    files.push(rows);
    const truth = await openPredictionFile(join(folder, `truth-${number}.csv`));
    files.push(truth);
    for (const batch of world.generateDay(day)) {
      // Yields to the event loop for Ctrl-C: generating and buffering never wait.
      await setImmediate();
      signal?.throwIfAborted();
      for (const pair of batch) calibration.add(pair);
      await rows.write(batch.map((pair) => pair.row));
      await truth.write(batch.map(toPrediction));
      rowCount += batch.length;
      onProgress?.(rowCount);
    }
    await truth.close();
    await rows.close();
  } catch (error) {
    await Promise.allSettled(files.map((file) => file.abort()));
    throw error;
  }
}

function toPrediction({ row, truth }: WorldPair) {
  return { tweetId: row.tweetId, readerId: row.reader.id, probabilities: truth };
}

async function writeTextFile(path: string, text: string): Promise<void> {
  const file = await TextFileWriter.open(path);
  try {
    await file.write(text);
    await file.close();
  } catch (error) {
    await file.abort();
    throw error;
  }
}
