/** The separator of columns, Ctrl-A. */
export const COLUMN_SEPARATOR = '\x01';

/** Columns of a line with labels, and of one without. */
export const COLUMN_COUNTS: readonly number[] = [24, 20];

const HEADER_NAME = /\b(text_tokens|tweet_id|tweet_timestamp|engaging_user_id|engaged_with_user_id)\b/i;
/** A name that Spark (`_c2`), Hive (`_col2`) or a query tool gives to a column without one. */
const MADE_UP_NAME = /^"?_?c(?:ol(?:umn)?)?_?\d{1,2}"?$/i;
const SEPARATORS: readonly (readonly [separator: string, name: string])[] = [
  [',', 'commas'],
  ['^A', 'the two characters ^A'],
  ['\\x01', 'the four characters \\x01'],
  ['\\001', 'the four characters \\001'],
  ['\u2401', 'the symbol for Ctrl-A'],
  ['\t', 'TABs'],
  ['|', 'vertical bars'],
  [';', 'semicolons'],
  ['\x02', 'Ctrl-B'],
];
const EXPECTED = `expected ${COLUMN_COUNTS[1]} columns, or ${COLUMN_COUNTS[0]} with labels, separated by Ctrl-A (\\x01)`;

/** True for a field that tells that its line is a header, or UTF-16 text: an id is neither. */
export function isMisread(id: string): boolean {
  return HEADER_NAME.test(id) || MADE_UP_NAME.test(id) || id.includes('\0');
}

/**
 * Explains a line that is not of 20 or 24 columns: blank, a header, UTF-16, another separator, or too few or many columns.
 * @param columnCount columns that Ctrl-A cuts it into
 */
export function lineProblem(line: string, columnCount: number): string {
  if (line.trim() === '') return `a blank line, ${EXPECTED}; remove it`;
  if (line.includes('\0')) return 'holds zero bytes, expected UTF-8 text (UTF-16? convert it with iconv)';
  if (HEADER_NAME.test(line) || line.split(COLUMN_SEPARATOR).every((name) => MADE_UP_NAME.test(name)))
    return 'a header line, expected data alone: remove it (part files have no header)';
  const separator = SEPARATORS.find(([text]) => COLUMN_COUNTS.includes(line.split(text).length));
  if (separator !== undefined) return `columns are separated by ${separator[1]}, ${EXPECTED}`;
  if (columnCount > 1) return `${columnCount} columns, ${EXPECTED}`;
  // TABs also separate the items of a list, so their number says little about the columns.
  const likely = SEPARATORS.find(([text]) => line.split(text).length > COLUMN_COUNTS[1]!);
  return likely === undefined
    ? `no Ctrl-A in it, ${EXPECTED}`
    : `no Ctrl-A in it, but ${likely[1]}, ${EXPECTED}`;
}
