import { rmSync } from 'node:fs';
import {
  type ArrowBatch,
  ArrowFileWriter,
  readArrowFile,
  readArrowMetadata,
} from '../../files/arrow-file.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import { LOG_COLUMNS } from './log-columns.js';

/** Keys of the author and the reader. */
const USER_COLUMNS = ['key_a_user_id', 'key_b_user_id'];

type Values = Float32Array | Float64Array | BigUint64Array | Int32Array;

/**
 * Rewrites a file of a feature log without the rows whose author or reader is a user. A file without other rows is removed. One
 * record batch is in memory at a time.
 * @param user hash of the user's id
 * @returns number of rows removed
 * @throws PairstreamError INVALID_DATA_FILE for a damaged file, OUTPUT_FAILED; the file is then as it was
 */
export async function forgetRows(path: string, user: Readonly<Hash64>): Promise<number> {
  let rowCount = 0;
  let removedCount = 0;
  for await (const batch of readArrowFile(path)) {
    rowCount += batch.rowCount;
    removedCount += batch.rowCount - rowsWithout(batch, user).length;
  }
  if (removedCount === 0) return 0;
  if (removedCount === rowCount) rmSync(path);
  else await rewrite(path, user);
  return removedCount;
}

async function rewrite(path: string, user: Readonly<Hash64>): Promise<void> {
  const metadata = Object.fromEntries(await readArrowMetadata(path));
  const writer = await ArrowFileWriter.open(path, LOG_COLUMNS, metadata);
  try {
    for await (const batch of readArrowFile(path)) {
      const kept = rowsWithout(batch, user);
      if (kept.length > 0) await writer.writeBatch(keep(batch, kept), kept.length);
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Rows of a batch that do not belong to the user. */
function rowsWithout({ columns, rowCount }: ArrowBatch, { lo, hi }: Readonly<Hash64>): number[] {
  const id = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  const ids = USER_COLUMNS.map((name) => columns.get(name));
  return Array.from({ length: rowCount }, (_, row) => row).filter((row) =>
    ids.every((values) => values?.[row] !== id),
  );
}

/** The columns of a batch with the given rows alone. */
function keep({ columns }: ArrowBatch, rows: readonly number[]): Record<string, Values> {
  return Object.fromEntries(
    LOG_COLUMNS.map(({ name, listLength = 1 }) => [name, take(columns.get(name), rows, listLength)]),
  );
}

function take(values: unknown, rows: readonly number[], width: number): Values {
  if (values instanceof BigUint64Array) return BigUint64Array.from(rows, (row) => values[row]!);
  if (values instanceof Float64Array) return Float64Array.from(rows, (row) => values[row]!);
  if (values instanceof Float32Array) return Float32Array.from(rows, (row) => values[row]!);
  if (!(values instanceof Int32Array)) throw new TypeError('a column of another type');
  const out = new Int32Array(rows.length * width);
  rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
  return out;
}
