import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { schemaProblems } from '../../errors/schema-problems.js';
import type { PartFileOptions } from '../../pairs/part-file-reader.js';
import type { PartRow } from '../../pairs/part-row.js';
import { type PredictionRow, readPredictionFile } from '../../pairs/prediction-file.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import { WORLD_CONSTANTS } from '../../offline/world/constants.js';
import { World, type WorldParameters } from '../../offline/world/world.js';
import { readPipelineFile } from '../../releases/pipeline-file.js';
import { readPartFiles } from '../part-file-list.js';
import { DAY_S } from '../../pairs/unix-time.js';

/** A part file by any of its names, without the folder. */
const PART_PATH = /part-(?<stem>[^/.]*)(\.(csv|tsv|txt))?(\.gz)?$/i;

/** Rows to score, with the true probabilities where they are known. */
export interface TrueRows {
  readonly rows: PartRow[];
  /** Row-major [rows.length, 4]. */
  readonly truths: Float32Array | undefined;
}

const worldSchema = z.object({
  seed: z.number(),
  userCount: z.number(),
  pairsPerDay: z.number(),
  startS: z.number(),
});

/**
 * Reads what a synthetic world was made of, from the world.json that `generate` writes.
 * @throws PairstreamError INVALID_DATA_FILE
 */
function readWorldParameters(path: string): Required<WorldParameters> {
  try {
    return worldSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const problem = error instanceof z.ZodError ? schemaProblems(error) : 'cannot be read as JSON';
    throw new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path, cause: error });
  }
}

/**
 * The world whose days a pipeline was trained on.
 * @param worldFile world.json; default: beside the vocabulary of the pipeline
 * @throws PairstreamError INVALID_DATA_FILE
 */
export function worldOf(pipelinePath: string, worldFile: string | undefined): World {
  const beside = (): string => join(dirname(readPipelineFile(pipelinePath).vocabularyPath), 'world.json');
  return new World(readWorldParameters(worldFile ?? beside()));
}

/** First day of the world that tables learned up to `asOfS` have not seen. */
export function firstHeldOutDay(world: World, asOfS: number): number {
  return Math.ceil((asOfS - world.startS) / DAY_S);
}

/** Rows of the days before `day` whose engagements may still be to come on it. */
export function* rowsInFlight(world: World, day: number): Generator<PartRow[]> {
  const lookBackDays = Math.ceil(WORLD_CONSTANTS.delays.longestS / DAY_S);
  for (let past = Math.max(0, day - lookBackDays); past < day; past += 1) {
    for (const pairs of world.generateDay(past)) yield pairs.map(({ row }) => row);
  }
}

/** The first `rowCount` rows of a world from `day` on. */
export function* heldOutRows(world: World, day: number, rowCount: number): Generator<TrueRows> {
  let left = rowCount;
  for (let later = day; left > 0; later += 1) {
    for (const pairs of world.generateDay(later)) {
      const taken = pairs.slice(0, left);
      left -= taken.length;
      const truths = Float32Array.from(taken.flatMap(({ truth }) => truth));
      yield { rows: taken.map(({ row }) => row), truths };
      if (left === 0) return;
    }
  }
}

/**
 * Rows of part files, with the true probabilities of the `truth-*.csv` beside the part files.
 * @param options how the part files are read
 * @param countSkipped returns the number of lines that were left out so far, whose true probabilities are left out, too
 * @throws PairstreamError INVALID_DATA_FILE if only some part files have such a file, or if its rows are other rows
 */
export async function* rowsOfFiles(
  paths: readonly string[],
  options: PartFileOptions,
  countSkipped: () => number,
): AsyncGenerator<TrueRows> {
  const truthPaths = paths.map((path) => path.replace(PART_PATH, 'truth-$<stem>.csv'));
  const missing = truthPaths.filter((path, i) => path === paths[i] || !existsSync(path));
  if (missing.length > 0 && missing.length < paths.length) {
    const expected = 'expected true probabilities beside every part file or beside none';
    const message = `${missing[0]}: no such file, ${expected}`;
    throw new PairstreamError('INVALID_DATA_FILE', message, { field: 'truth' });
  }
  if (missing.length > 0) {
    for await (const rows of readPartFiles(paths, options)) yield { rows, truths: undefined };
    return;
  }
  const truthRows = new TruthRows(truthPaths, countSkipped);
  for await (const rows of readPartFiles(paths, options)) {
    const truths = new Float32Array(rows.length * TARGET_COUNT);
    for (const [i, row] of rows.entries()) truths.set(await truthRows.take(row), i * TARGET_COUNT);
    yield { rows, truths };
  }
  await truthRows.finish();
}

/** The true probabilities of rows, which stand in their files in the order of the rows. */
class TruthRows {
  private readonly truths: AsyncGenerator<PredictionRow, undefined>;
  private rowCount = 0;
  private skippedCount = 0;

  constructor(
    private readonly paths: readonly string[],
    private readonly countSkipped: () => number,
  ) {
    this.truths = readTruths(paths);
  }

  /** The true probabilities of the next row. @throws PairstreamError INVALID_DATA_FILE if the files hold another row next */
  async take(row: PartRow): Promise<ArrayLike<number>> {
    for (;;) {
      const { value: truth, done } = await this.truths.next();
      if (done === true) throw mismatch(this.paths, `${this.rowCount} rows, expected more: one for each row`);
      this.rowCount += 1;
      if (truth.tweetId === row.tweetId && truth.readerId === row.reader.id) return truth.probabilities;
      if (this.skippedCount < this.countSkipped()) this.skippedCount += 1;
      else {
        const seen = `tweet ${truth.tweetId}, reader ${truth.readerId}`;
        const expected = `${row.tweetId}, ${row.reader.id}`;
        throw mismatch(this.paths, `row ${this.rowCount} is of ${seen}, expected ${expected}`);
      }
    }
  }

  /** @throws PairstreamError INVALID_DATA_FILE if more rows are left than lines were left out */
  async finish(): Promise<void> {
    while ((await this.truths.next()).done !== true) {
      if (this.skippedCount >= this.countSkipped())
        throw mismatch(this.paths, `more than ${this.rowCount} rows, expected as many`);
      this.skippedCount += 1;
    }
  }
}

function mismatch(paths: readonly string[], problem: string): PairstreamError {
  const message = `${paths.join(', ')}: ${problem} of the part files`;
  return new PairstreamError('INVALID_DATA_FILE', message, { field: paths[0] ?? 'truth' });
}

async function* readTruths(paths: readonly string[]): AsyncGenerator<PredictionRow, undefined> {
  for (const path of paths) for await (const rows of readPredictionFile(path)) yield* rows;
  return undefined;
}
