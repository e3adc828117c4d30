import { RowCheck } from '../../offline/replay/row-check.js';
import type { PartFileOptions } from '../../pairs/part-file-reader.js';
import type { BadRowHandler } from '../bad-rows.js';

/**
 * Options to read part files with labels. A row without labels, or that `RowCheck` refuses, is handled by `badRows`.
 * @param vocabularySize number of token ids of the vocabulary of the rows
 */
export function labelledRowOptions(badRows: BadRowHandler, vocabularySize: number): PartFileOptions {
  const check = new RowCheck(vocabularySize);
  return { labels: 'required', ...badRows.readOptions, problemOf: (row) => check.problemOf(row) };
}
