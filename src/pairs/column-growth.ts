/** A typed array of numbers that can be copied into a longer one of its kind. */
interface Column<C> {
  readonly length: number;
  set(values: C): void;
}

/** Shortest column that is allocated, entries. */
const SHORTEST = 64;

/**
 * Grows a column if it is too small.
 * @param length entries that the column must have
 * @param Kind constructor of the column
 * @returns the column itself if it is long enough; otherwise a copy of at least twice its length, with zeros at the end
 */
export function withRoom<C extends Column<C>>(column: C, length: number, Kind: new (length: number) => C): C {
  if (length <= column.length) return column;
  const longer = new Kind(Math.max(SHORTEST, 2 * column.length, length));
  longer.set(column);
  return longer;
}
