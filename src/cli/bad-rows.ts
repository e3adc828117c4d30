import { Option } from 'commander';
import type { PairstreamError } from '../errors/pairstream-error.js';
import type { PartFileOptions } from '../pairs/part-file-reader.js';
import { findOutput } from '../tensor/output-file.js';
import { TextFileWriter } from '../pairs/text-file-writer.js';

/** What becomes of a command at a line that is no row. */
export type BadRowPolicy = 'fail' | 'skip';

/** The option `--bad-rows`. */
export function badRowsOption(): Option {
  return new Option(
    '--bad-rows <policy>',
    'a line that is no row ends the run (fail), or is left out, counted, and told in OUT.bad-rows.tsv (skip; score.bad-rows.tsv if OUT is no file)',
  )
    .choices(['fail', 'skip'])
    .default('fail');
}

/** Path of the side file: beside a regular output file, else in the current folder. */
export function badRowsPath(out: string): string {
  const isFile = out !== '-' && findOutput(out).kind === 'renamed';
  return isFile ? `${out}.bad-rows.tsv` : 'score.bad-rows.tsv';
}

/** Lines that were left out, told in a file beside the output: reason, which names file and line, a TAB, and the line. */
export class BadRows {
  /** Number of lines left out so far. */
  count = 0;
  private writer: TextFileWriter | undefined;

  /** @param path of the file, which is only made when there is a bad line */
  constructor(
    private readonly policy: BadRowPolicy,
    readonly path: string,
  ) {}

  /** How part files are to be read. */
  get readOptions(): Pick<PartFileOptions, 'onBadRow'> {
    return this.policy === 'fail' ? {} : { onBadRow: (error, line) => this.add(error, line) };
  }

  /** Finishes the file. @throws PairstreamError OUTPUT_FAILED */
  async close(): Promise<void> {
    await this.writer?.close();
  }

  /** Takes the unfinished file away. */
  async abort(): Promise<void> {
    await this.writer?.abort();
  }

  private async add(error: PairstreamError, line: string): Promise<void> {
    this.count += 1;
    this.writer ??= await TextFileWriter.open(this.path);
    await this.writer.write(`${error.message}\t${line}\n`);
  }
}
