import { PairstreamError } from '../errors/pairstream-error.js';
import { type LabelReading, lineError, parsePartRow, splitPartLine } from './part-line.js';
import type { PartRow } from './part-row.js';
import { readLines } from './text-lines.js';

const BATCH_ROWS = 1_024;

/** Options for reading part files. */
export interface PartFileOptions {
  /** Default: parsed. */
  readonly labels?: LabelReading;
  /** Returns the reason why a row that was parsed is a bad row all the same. Default: every parsed row is good. */
  readonly problemOf?: ((row: PartRow) => string | undefined) | undefined;
  /**
   * Called for each invalid line, which is then left out. Default: reading ends at the first invalid line with its error.
   * @param line text of the line
   */
  readonly onBadRow?: (error: PairstreamError, line: string) => void | Promise<void>;
}

/**
 * Rows of a part file, gzipped or not, in batches of at most 1,024; memory does not grow with the file. Byte
 * order marks at the start of a line are skipped.
 * @throws PairstreamError INVALID_DATA_FILE that names file, line, column number and column name
 */
export async function* readPartFile(path: string, options: PartFileOptions = {}): AsyncGenerator<PartRow[]> {
  const parser = new LineParser(path, options);
  let rows: PartRow[] = [];
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      try {
        rows.push(parser.parse(line));
      } catch (error) {
        if (options.onBadRow === undefined || !(error instanceof PairstreamError)) throw error;
        await options.onBadRow(error, line);
      }
      if (rows.length < BATCH_ROWS) continue;
      yield rows;
      rows = [];
    }
  }
  if (rows.length > 0) yield rows;
}

/** Parses the lines of one file, all of which have labels or none has. */
class LineParser {
  private lineNumber = 0;
  private columnCount: number | undefined;

  constructor(
    private readonly path: string,
    private readonly options: PartFileOptions,
  ) {}

  parse(line: string): PartRow {
    this.lineNumber += 1;
    const position = { path: this.path, line: this.lineNumber };
    const fields = splitPartLine(line, position);
    if (this.columnCount !== undefined && fields.length !== this.columnCount)
      throw lineError(
        position,
        `${fields.length} columns, expected ${this.columnCount} as on the lines before`,
      );
    const row = parsePartRow(fields, position, this.options.labels);
    const problem = this.options.problemOf?.(row);
    if (problem !== undefined) throw lineError(position, problem);
    this.columnCount = fields.length;
    return row;
  }
}
