import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { HORIZON_VALUES, type StatisticsRecord } from './record-layout.js';
import type { StatisticsTable } from './statistics-table.js';

/**
 * Maximum number of records per chunk. A chunk is one zstd frame with records of one table. A record has HORIZON_VALUES
 * doubles per horizon, a key (2 x int32) and a time (uint32), all little-endian. A chunk stores them by column, doubles
 * first, because similar values compress better side by side. Records are in table order, so that restoring them accesses
 * memory sequentially.
 */
const CHUNK_RECORDS = 65_536;
const INTS_PER_RECORD = 3;
/** Records of a chunk that is written while events are applied: encoding it copies less than 1 MB on the thread of the caller. */
const LIVE_CHUNK_RECORDS = 8_192;
/** Level of files that are written once and loaded often. */
const RELEASE_LEVEL = 9;
/** Level of files that are written while events are applied. */
const LIVE_LEVEL = 3;

const compress = promisify(zstdCompress);

/** Columns of a chunk, as views of its bytes. */
interface ChunkColumns {
  readonly bytes: Uint8Array<ArrayBuffer>;
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

/** Collects records of one table, and encodes them. */
export class RecordChunk {
  private readonly valueCount: number;
  private columns: ChunkColumns;
  private rowCountNow = 0;

  /**
   * @param horizonCount horizons of the table
   * @param capacity maximum number of records, up to CHUNK_RECORDS; default 8,192
   */
  constructor(
    horizonCount: number,
    private readonly capacity = LIVE_CHUNK_RECORDS,
  ) {
    this.valueCount = horizonCount * HORIZON_VALUES;
    this.columns = createColumns(capacity, this.valueCount);
  }

  /** Records in the chunk. */
  get rowCount(): number {
    return this.rowCountNow;
  }

  /** True if no record fits in. */
  get isFull(): boolean {
    return this.rowCountNow === this.capacity;
  }

  /** Copies a record into a chunk that is not full. */
  add({ keyLo, keyHi, timeS, values }: StatisticsRecord): void {
    const { columns, valueCount } = this;
    const row = this.rowCountNow;
    columns.keyLo[row] = keyLo;
    columns.keyHi[row] = keyHi;
    columns.timeS[row] = timeS;
    for (let i = 0; i < valueCount; i += 1) columns.values[i * this.capacity + row] = values[i]!;
    this.rowCountNow += 1;
  }

  /** Empties the chunk, and compresses its records on a thread of Node's pool. The chunk can be filled again meanwhile. */
  async encode(): Promise<Buffer> {
    return await compress(this.takeBytes(), zstdLevel(LIVE_LEVEL));
  }

  /** Empties the chunk, and compresses its records in this call, smaller than `encode`. */
  encodeSync(): Buffer {
    return zstdCompressSync(this.takeBytes(), zstdLevel(RELEASE_LEVEL));
  }

  private takeBytes(): Uint8Array {
    const { columns, rowCountNow: rowCount, valueCount } = this;
    const taken = createColumns(rowCount, valueCount);
    for (let i = 0; i < valueCount; i += 1) {
      const from = i * this.capacity;
      taken.values.set(columns.values.subarray(from, from + rowCount), i * rowCount);
    }
    taken.keyLo.set(columns.keyLo.subarray(0, rowCount));
    taken.keyHi.set(columns.keyHi.subarray(0, rowCount));
    taken.timeS.set(columns.timeS.subarray(0, rowCount));
    this.rowCountNow = 0;
    return taken.bytes;
  }
}

function zstdLevel(level: number): { params: Record<number, number> } {
  return { params: { [constants.ZSTD_c_compressionLevel]: level } };
}

/** Encodes the records of a table that have `minImpressions` or more, decayed to `asOfS`, in at least one horizon. */
export function encodeTable(table: StatisticsTable, asOfS: number, minImpressions: number): EncodedTable {
  const record = table.emptyRecord();
  const chunk = new RecordChunk(table.horizons.length, CHUNK_RECORDS);
  const chunks: Buffer[] = [];
  let keyCount = 0;
  table.forEach(record, () => {
    const ageS = Math.max(0, asOfS - record.timeS);
    const isWorthIt = table.horizons.some(
      ({ halfLifeS }, h) => record.values[h * HORIZON_VALUES]! * 2 ** (-ageS / halfLifeS) >= minImpressions,
    );
    if (!isWorthIt) return;
    chunk.add(record);
    keyCount += 1;
    if (chunk.isFull) chunks.push(chunk.encodeSync());
  });
  if (chunk.rowCount > 0) chunks.push(chunk.encodeSync());
  return { keyCount, chunks };
}

/** Writer of the table that records are restored to. */
interface RestoredTable {
  readonly table: StatisticsTable;
  restore(record: StatisticsRecord): void;
}

/**
 * Restores the records of a chunk.
 * @returns number of records
 * @throws PairstreamError INVALID_SNAPSHOT if a key exists already
 */
export function decodeChunk(chunk: Buffer, writer: RestoredTable): number {
  const record = writer.table.emptyRecord();
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
    writer.restore(record);
  }
  return rowCount;
}

function bytesPerRecord(valueCount: number): number {
  return valueCount * Float64Array.BYTES_PER_ELEMENT + INTS_PER_RECORD * Int32Array.BYTES_PER_ELEMENT;
}

function createColumns(rowCount: number, valueCount: number): ChunkColumns {
  return viewColumns(new ArrayBuffer(rowCount * bytesPerRecord(valueCount)), 0, rowCount, valueCount);
}

function viewColumns(buffer: ArrayBuffer, from: number, rowCount: number, valueCount: number): ChunkColumns {
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
