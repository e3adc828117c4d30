import { ArrowFileWriter, type ArrowColumn, readArrowFile } from '../files/arrow-file.js';
import { findOutput } from '../files/output-file.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { TextFileWriter } from './text-file-writer.js';
import { readLines } from './text-lines.js';
import { TARGET_COUNT, TARGETS } from './targets.js';

/** Predictions of one pair, or its true probabilities. */
export interface PredictionRow {
  readonly tweetId: string;
  readonly readerId: string;
  /** Reply, retweet, quote, like; NaN where the pair could not be scored. */
  readonly probabilities: ArrayLike<number>;
}

/** Writes predictions to `<path>.partial` and renames it to `path` on close. */
export interface PredictionWriter {
  write(rows: readonly PredictionRow[]): Promise<void>;
  close(): Promise<void>;
  /** Takes the unfinished file away. */
  abort(): Promise<void>;
}

const COLUMNS: readonly ArrowColumn[] = [
  { name: 'tweet_id', type: 'utf8' },
  { name: 'reader_id', type: 'utf8' },
  ...TARGETS.map((name) => ({ name, type: 'float32' as const })),
];

const HEADER = COLUMNS.map(({ name }) => name).join(',');

/** Form of a prediction file. */
export type PredictionFormat = 'csv' | 'arrow';

/**
 * The form that a path to write to stands for. Devices, FIFOs and the standard output need no ending: they get CSV.
 * @throws PairstreamError INVALID_CONFIG for an ending that stands for no form
 */
export function predictionFormatOf(path: string): PredictionFormat {
  if (isArrow(path)) return 'arrow';
  if (/\.csv(\.gz)?$/i.test(path) || findOutput(path).kind !== 'renamed') return 'csv';
  const expected = 'expected .csv, .csv.gz or .arrow, or - for the standard output';
  throw new PairstreamError('INVALID_CONFIG', `--out is ${path}, whose ending names no format, ${expected}`, {
    field: '--out',
  });
}

/**
 * Opens a prediction file: Arrow IPC if the path ends in .arrow, else CSV in the challenge's submission form
 * (tweet id, reader id, reply, retweet, quote, like), gzipped if the path ends in .gz.
 * @param options.hasHeader CSV begins with a line of column names. Default: false
 */
export async function openPredictionFile(
  path: string,
  options: { readonly hasHeader?: boolean } = {},
): Promise<PredictionWriter> {
  if (isArrow(path)) return new ArrowPredictions(await ArrowFileWriter.open(path, COLUMNS));
  const file = await TextFileWriter.open(path);
  if (options.hasHeader === true) await file.write(`${HEADER}\n`);
  return new CsvPredictions(file);
}

function isArrow(path: string): boolean {
  return path.toLowerCase().endsWith('.arrow');
}

class CsvPredictions implements PredictionWriter {
  constructor(private readonly file: TextFileWriter) {}

  async write(rows: readonly PredictionRow[]): Promise<void> {
    let text = '';
    for (const { tweetId, readerId, probabilities } of rows) {
      text += `${tweetId},${readerId}`;
      for (let t = 0; t < TARGET_COUNT; t += 1) text += `,${probabilities[t]!}`;
      text += '\n';
    }
    await this.file.write(text);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async abort(): Promise<void> {
    await this.file.abort();
  }
}

class ArrowPredictions implements PredictionWriter {
  constructor(private readonly file: ArrowFileWriter) {}

  async write(rows: readonly PredictionRow[]): Promise<void> {
    if (rows.length === 0) return;
    const columns: Record<string, string[] | Float32Array> = {
      tweet_id: rows.map(({ tweetId }) => tweetId),
      reader_id: rows.map(({ readerId }) => readerId),
    };
    TARGETS.forEach(
      (target, t) => (columns[target] = Float32Array.from(rows, (row) => row.probabilities[t]!)),
    );
    await this.file.writeBatch(columns, rows.length);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async abort(): Promise<void> {
    await this.file.abort();
  }
}

/**
 * Reads predictions in batches: Arrow if the path ends in .arrow, else CSV, gzipped or not, with or without a header line.
 * @throws PairstreamError INVALID_DATA_FILE that names file, line (Arrow: row) and column
 */
export async function* readPredictionFile(path: string): AsyncGenerator<PredictionRow[]> {
  if (isArrow(path)) {
    yield* readArrowPredictions(path);
    return;
  }
  let lineNumber = 0;
  for await (const lines of readLines(path)) {
    const rows: PredictionRow[] = [];
    for (const line of lines) {
      lineNumber += 1;
      if (lineNumber > 1 || line !== HEADER) rows.push(parsePrediction(path, lineNumber, line));
    }
    yield rows;
  }
}

async function* readArrowPredictions(path: string): AsyncGenerator<PredictionRow[]> {
  let rowsBefore = 0;
  for await (const { rowCount, columns } of readArrowFile(path)) {
    const [tweetIds, readerIds, ...targets] = COLUMNS.map(({ name }) => {
      const values = columns.get(name);
      if (values !== undefined) return values;
      throw invalid(path, `no column ${name}, only ${[...columns.keys()].join(', ')}`, name);
    });
    yield Array.from({ length: rowCount }, (_, i) => ({
      tweetId: String(tweetIds![i]),
      readerId: String(readerIds![i]),
      probabilities: targets.map((values, t) => {
        const value = values[i];
        // NaN stands where a pair could not be scored.
        if (typeof value === 'number' && (Number.isNaN(value) || isProbability(value))) return value;
        const place = `row ${rowsBefore + i + 1}, column ${TARGETS[t]}`;
        throw invalid(path, `${place}: ${JSON.stringify(value)}, expected a probability`, TARGETS[t]!);
      }),
    }));
    rowsBefore += rowCount;
  }
}

/** Digits as programs write them; `Number` would also take blanks for 0. */
const NUMBER = /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

function parsePrediction(path: string, lineNumber: number, line: string): PredictionRow {
  const [tweetId, readerId, ...numbers] = line.split(',');
  if (tweetId === undefined || readerId === undefined || numbers.length !== TARGET_COUNT) {
    const seen = line.trim() === '' ? 'a blank line' : `${line.split(',').length} columns`;
    throw invalid(path, `line ${lineNumber}: ${seen}, expected 6 columns separated by commas`, 'columns');
  }
  const probabilities = numbers.map((text, t) => {
    const value = Number(text);
    if (text === 'NaN' || (NUMBER.test(text) && isProbability(value))) return value;
    const column = `line ${lineNumber}, column ${t + 3} (${TARGETS[t]})`;
    throw invalid(path, `${column}: ${JSON.stringify(text)}, expected a probability`, TARGETS[t]!);
  });
  return { tweetId, readerId, probabilities };
}

function isProbability(value: number): boolean {
  return value >= 0 && value <= 1;
}

function invalid(path: string, problem: string, field: string): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field });
}
