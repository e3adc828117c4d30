import { Option } from 'commander';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { PartFileOptions } from '../pairs/part-file-reader.js';
import { findOutput } from '../files/output-file.js';
import { TextFileWriter } from '../pairs/text-file-writer.js';

/** Effect of an invalid line: the command fails, or skips the line. */
export type BadRowPolicy = 'fail' | 'skip';

/**
 * The option `--bad-rows`.
 * @param file name of the file that lists the lines left out, for the help text
 */
export function badRowsOption(file: string): Option {
  return new Option(
    '--bad-rows <policy>',
    `effect of an invalid line: fail ends the run; skip leaves the line out, counts it, and lists it in ${file}`,
  )
    .choices(['fail', 'skip'])
    .default('fail');
}

/** Path of the side file: beside a regular output file, else in the current folder. */
export function badRowsPath(out: string): string {
  const isFile = out !== '-' && findOutput(out).kind === 'renamed';
  return isFile ? `${out}.bad-rows.tsv` : 'score.bad-rows.tsv';
}

/** Handles invalid lines of part files, and counts them. */
export interface BadRowHandler {
  /** Number of lines left out so far. */
  readonly count: number;
  /** Options for reading part files. */
  readonly readOptions: Pick<PartFileOptions, 'onBadRow'>;
}

/** List of the lines left out, in a file beside the output. Each line: reason (with file and line number), TAB, the line left out. */
export class BadRows implements BadRowHandler {
  count = 0;
  private writer: TextFileWriter | undefined;
  private firstProblem: string | undefined;

  /** @param path of the list; the file is created at the first invalid line */
  constructor(
    private readonly policy: BadRowPolicy,
    readonly path: string,
  ) {}

  /** The same policy for another reading of the same files, whose invalid lines are counted and not listed. */
  again(): BadRowHandler {
    if (this.policy === 'fail') return { count: 0, readOptions: {} };
    const again = { count: 0, readOptions: { onBadRow: (): void => void (again.count += 1) } };
    return again;
  }

  get readOptions(): Pick<PartFileOptions, 'onBadRow'> {
    return this.policy === 'fail' ? {} : { onBadRow: (error, line) => this.add(error, line) };
  }

  /** One line that tells how many lines were left out and where they are listed; undefined if there were none. */
  get summary(): string | undefined {
    return this.count === 0 ? undefined : `${leftOut(this.count)}: left out, see ${this.path}`;
  }

  /** Adds the number of lines left out, and the reason of the first, to an INVALID_DATA_FILE error: the likely cause of too few rows. */
  explain(error: unknown): unknown {
    if (this.count === 0 || !(error instanceof PairstreamError) || error.code !== 'INVALID_DATA_FILE')
      return error;
    const message = `${error.message} (${leftOut(this.count)} and left out, the first: ${this.firstProblem})`;
    return new PairstreamError(error.code, message, {
      field: error.field ?? '--in',
      cause: error,
    });
  }

  /** Finishes the file. @throws PairstreamError OUTPUT_FAILED */
  async close(): Promise<void> {
    await this.writer?.close();
  }

  /** Removes the unfinished file. */
  async abort(): Promise<void> {
    await this.writer?.abort();
  }

  private async add(error: PairstreamError, line: string): Promise<void> {
    this.count += 1;
    this.firstProblem ??= error.message;
    this.writer ??= await TextFileWriter.open(this.path);
    await this.writer.write(`${error.message}\t${line}\n`);
  }
}

/** Number of invalid lines in words, for messages. */
export function leftOut(lineCount: number): string {
  return lineCount === 1 ? '1 line was no row' : `${lineCount} lines were no rows`;
}
