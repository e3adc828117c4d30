import { PairstreamError } from '../errors/pairstream-error.js';
import { parsePartLine } from './part-line.js';
import type { PartRow } from './part-row.js';
import { readLines } from './text-lines.js';

const BATCH_ROWS = 1_024;

/**
 * Rows of a part file, gzipped or not, in batches of at most 1,024; memory does not grow with the file.
 * @throws PairstreamError INVALID_DATA_FILE that names file, line, column number and column name
 */
export async function* readPartFile(path: string): AsyncGenerator<PartRow[]> {
  let rows: PartRow[] = [];
  let lineNumber = 0;
  let isLabelled: boolean | undefined;
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      lineNumber += 1;
      const row = parsePartLine(line, { path, line: lineNumber });
      isLabelled ??= row.engagementTimesS !== undefined;
      if (isLabelled !== (row.engagementTimesS !== undefined)) throw mixed(path, lineNumber, isLabelled);
      rows.push(row);
      if (rows.length < BATCH_ROWS) continue;
      yield rows;
      rows = [];
    }
  }
  if (rows.length > 0) yield rows;
}

function mixed(path: string, line: number, isLabelled: boolean): PairstreamError {
  const [seen, expected] = isLabelled ? [20, 24] : [24, 20];
  return new PairstreamError(
    'INVALID_DATA_FILE',
    `${path}, line ${line}: ${seen} columns, expected ${expected} as on the lines before`,
    { field: `line ${line}` },
  );
}
