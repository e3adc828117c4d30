import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { HORIZON_VALUES, type StatisticsRecord, type StatisticsTable } from './statistics-table.js';

/**
 * Maximum number of records per chunk. A chunk is one zstd frame with records of one table. A record has HORIZON_VALUES
 * doubles per horizon, a key (2 x int32) and a time (uint32), all little-endian. A chunk stores them by column, doubles
 * first, because similar values compress better side by side. Records are in table order, so that restoring them accesses
 * memory sequentially.
 */
const CHUNK_RECORDS = 65_536;
const INTS_PER_RECORD = 3;

/** Columns of a chunk, as views of its bytes. */
interface ChunkColumns {
  readonly bytes: Uint8Array;
  /** All columns of doubles, one after another, rowCount values each. */
  readonly values: Float64Array;
  readonly keyLo: Int32Array;
  readonly keyHi: Int32Array;
  readonly timeS: Uint32Array;
}

/** A table in the form of a snapshot. */
export interface EncodedTable {
  readonly keyCount: number;
  /** zstd frames. */
  readonly chunks: readonly Buffer[];
}

/** Encodes the records of a table that have `minImpressions` or more, decayed to `asOfS`, in at least one horizon. */
export function encodeTable(table: StatisticsTable, asOfS: number, minImpressions: number): EncodedTable {
  const record = table.emptyRecord();
  const kept: StatisticsRecord[] = [];
  const chunks: Buffer[] = [];
  let keyCount = 0;
  const flush = (): void => {
    if (kept.length > 0) chunks.push(compress(kept, record.values.length));
    keyCount += kept.length;
    kept.length = 0;
  };
  table.forEach(record, () => {
    const ageS = Math.max(0, asOfS - record.timeS);
    const isWorthIt = table.horizons.some(
      ({ halfLifeS }, h) => record.values[h * HORIZON_VALUES]! * 2 ** (-ageS / halfLifeS) >= minImpressions,
    );
    if (!isWorthIt) return;
    kept.push({ ...record, values: record.values.slice() });
    if (kept.length === CHUNK_RECORDS) flush();
  });
  flush();
  return { keyCount, chunks };
}

function compress(records: readonly StatisticsRecord[], valueCount: number): Buffer {
  const byteLength = records.length * bytesPerRecord(valueCount);
  const columns = viewColumns(new ArrayBuffer(byteLength), 0, records.length, valueCount);
  records.forEach(({ keyLo, keyHi, timeS, values }, row) => {
    columns.keyLo[row] = keyLo;
    columns.keyHi[row] = keyHi;
    columns.timeS[row] = timeS;
    for (let i = 0; i < valueCount; i += 1) columns.values[i * records.length + row] = values[i]!;
  });
  return zstdCompressSync(columns.bytes, { params: { [constants.ZSTD_c_compressionLevel]: 9 } });
}

/** Inserts the records of a chunk into a table. @throws PairstreamError INVALID_SNAPSHOT if a key exists already */
export function decodeChunk(chunk: Buffer, table: StatisticsTable): void {
  const record = table.emptyRecord();
  const valueCount = record.values.length;
  const mostBytes = CHUNK_RECORDS * bytesPerRecord(valueCount);
  // One buffer for the whole frame, so that no parts have to be joined.
  const bytes = zstdDecompressSync(chunk, { maxOutputLength: mostBytes, chunkSize: mostBytes });
  const rowCount = Math.floor(bytes.length / bytesPerRecord(valueCount));
  const { keyLo, keyHi, timeS, values } = viewColumns(bytes.buffer, bytes.byteOffset, rowCount, valueCount);
  for (let row = 0; row < rowCount; row += 1) {
    record.keyLo = keyLo[row]!;
    record.keyHi = keyHi[row]!;
    record.timeS = timeS[row]!;
    for (let i = 0; i < valueCount; i += 1) record.values[i] = values[i * rowCount + row]!;
    table.restore(record);
  }
}

function bytesPerRecord(valueCount: number): number {
  return valueCount * Float64Array.BYTES_PER_ELEMENT + INTS_PER_RECORD * Int32Array.BYTES_PER_ELEMENT;
}

function viewColumns(
  buffer: ArrayBufferLike,
  from: number,
  rowCount: number,
  valueCount: number,
): ChunkColumns {
  const intsAt = from + rowCount * valueCount * Float64Array.BYTES_PER_ELEMENT;
  const intBytes = rowCount * Int32Array.BYTES_PER_ELEMENT;
  return {
    bytes: new Uint8Array(buffer, from, rowCount * bytesPerRecord(valueCount)),
    values: new Float64Array(buffer, from, rowCount * valueCount),
    keyLo: new Int32Array(buffer, intsAt, rowCount),
    keyHi: new Int32Array(buffer, intsAt + intBytes, rowCount),
    timeS: new Uint32Array(buffer, intsAt + 2 * intBytes, rowCount),
  };
}
