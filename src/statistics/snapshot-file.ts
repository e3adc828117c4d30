import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { fileProblem } from '../errors/file-problem.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { schemaProblems } from '../errors/schema-problems.js';
import { writeWholeFile } from '../files/whole-file.js';
import { IndexMap } from './index-map.js';
import { decodeChunk, encodeTable } from './snapshot-chunks.js';
import { SUM_COUNT } from './record-layout.js';
import { emptyTableBuffer, StatisticsTable } from './statistics-table.js';
import type { StatisticsTables } from './statistics-tables.js';
import { StatisticsWriter } from './statistics-writer.js';

/**
 * Layout of a snapshot file:
 *
 *   header   one line of JSON, readable with `head -1`
 *   chunks   for each table in order: its records (see snapshot-chunks.ts)
 *   trailer  CRC-32 of everything before it, 4 bytes little-endian
 */
const FORMAT = 'pairstream-statistics';
const VERSION = 3;
const TRAILER_BYTES = 4;
const LONGEST_HEADER_BYTES = 1 << 20;
const NEWLINE = 0x0a;

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  vocabularySha256: z.string(),
  asOfS: z.number(),
  priors: z.array(z.number().min(0).max(1)).length(SUM_COUNT),
  /** Hash of each language, 16 hexadecimal digits (high lane first), in the order of their codes. */
  languages: z.array(z.string().regex(/^[0-9a-f]{16}$/)),
  tables: z.array(
    z.strictObject({
      name: z.string(),
      horizons: z.array(z.strictObject({ name: z.string(), halfLifeS: z.number().positive() })).min(1),
      keyCount: z.int().nonnegative(),
      /** Length of each zstd frame. */
      chunkBytes: z.array(z.int().positive()),
    }),
  ),
});
type Header = z.infer<typeof headerSchema>;

/** Options for writing a snapshot. */
export interface SnapshotOptions {
  /** Leaves out keys with fewer impressions, decayed to the snapshot's time, in every horizon. Default 0: keeps all keys. */
  readonly minImpressions?: number;
}

/**
 * Writes all tables to one file. The file has a partial name until it is complete and synced, so `path` never holds an
 * incomplete file.
 * @throws PairstreamError OUTPUT_FAILED; the partial file is then removed
 */
export function writeSnapshot(
  path: string,
  statistics: StatisticsTables,
  options: SnapshotOptions = {},
): void {
  const minImpressions = options.minImpressions ?? 0;
  const encoded = statistics.tables.map((table) => ({
    table,
    ...encodeTable(table, statistics.asOfS, minImpressions),
  }));
  const header: Header = {
    format: FORMAT,
    version: VERSION,
    vocabularySha256: statistics.vocabularySha256,
    asOfS: statistics.asOfS,
    priors: [...statistics.priors],
    languages: formatLanguages(statistics.languages),
    tables: encoded.map(({ table, keyCount, chunks }) => ({
      name: table.name,
      horizons: [...table.horizons],
      keyCount,
      chunkBytes: chunks.map((chunk) => chunk.length),
    })),
  };
  const parts = [Buffer.from(`${JSON.stringify(header)}\n`), ...encoded.flatMap(({ chunks }) => chunks)];
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(parts.reduce((crc, part) => crc32(part, crc), 0));
  writeWholeFile(path, ...parts, trailer);
}

/** Statistics that were read from a file. */
export interface ReadStatistics extends StatisticsTables {
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Reads a snapshot into new tables in shared memory.
 * @throws PairstreamError INVALID_SNAPSHOT if the file is missing, incomplete, damaged or of another version
 */
export function readSnapshot(path: string): ReadStatistics {
  const file = readWhole(path);
  const headerEnd = file.subarray(0, LONGEST_HEADER_BYTES).indexOf(NEWLINE);
  if (headerEnd < 0) throw invalid(path, `no header line in ${file.length} bytes, expected a ${FORMAT} file`);
  const header = parseHeader(path, file.subarray(0, headerEnd).toString('utf8'));
  const bodyBytes = header.tables.flatMap((table) => table.chunkBytes).reduce((sum, bytes) => sum + bytes, 0);
  const expectedBytes = headerEnd + 1 + bodyBytes + TRAILER_BYTES;
  if (file.length !== expectedBytes)
    throw invalid(
      path,
      `${file.length} bytes, expected ${expectedBytes} by its header: the file is incomplete`,
    );
  const stored = file.readUInt32LE(file.length - TRAILER_BYTES);
  const computed = crc32(file.subarray(0, file.length - TRAILER_BYTES));
  if (stored !== computed)
    throw invalid(path, `checksum ${computed} differs from the stored ${stored}: the file is damaged`);
  return {
    tables: decodeTables(path, header, file.subarray(headerEnd + 1)),
    priors: Float64Array.from(header.priors),
    vocabularySha256: header.vocabularySha256,
    languages: parseLanguages(header.languages),
    asOfS: header.asOfS,
    sha256: createHash('sha256').update(file).digest('hex'),
  };
}

function formatLanguages({ keys, size }: IndexMap): string[] {
  const lane = (at: number): string => (keys[at]! >>> 0).toString(16).padStart(8, '0');
  return Array.from({ length: size }, (_, i) => lane(2 * i + 1) + lane(2 * i));
}

function parseLanguages(hashes: readonly string[]): IndexMap {
  const lanes = hashes.flatMap((hash) => [parseInt(hash.slice(8), 16), parseInt(hash.slice(0, 8), 16)]);
  return new IndexMap('languages', Int32Array.from(lanes));
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PairstreamError('INVALID_SNAPSHOT', `snapshot ${path}: ${fileProblem(error)}`, {
      field: path,
      cause: error,
    });
  }
}

function parseHeader(path: string, line: string): Header {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new PairstreamError('INVALID_SNAPSHOT', `snapshot ${path}: the header is not JSON`, {
      field: path,
      cause: error,
    });
  }
  const { format, version } = z
    .looseObject({ format: z.unknown().optional(), version: z.unknown().optional() })
    .catch({ format: '', version: '' })
    .parse(json);
  if (format !== FORMAT) throw invalid(path, `format is ${JSON.stringify(format)}, expected "${FORMAT}"`);
  if (version !== VERSION)
    throw invalid(path, `version is ${JSON.stringify(version)}, this program reads version ${VERSION}`);
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) throw invalid(path, `header: ${schemaProblems(parsed.error)}`);
  return parsed.data;
}

function decodeTables(path: string, header: Header, body: Buffer): StatisticsTable[] {
  let at = 0;
  return header.tables.map(({ name, horizons, keyCount, chunkBytes }) => {
    const table = new StatisticsTable(name, horizons, emptyTableBuffer(horizons.length, keyCount));
    const writer = new StatisticsWriter(table);
    for (const bytes of chunkBytes) {
      decodeChunk(body.subarray(at, at + bytes), writer);
      at += bytes;
    }
    if (table.keyCount !== keyCount)
      throw invalid(path, `table ${name} holds ${table.keyCount} keys, expected ${keyCount} by its header`);
    return table;
  });
}

function invalid(path: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_SNAPSHOT', `snapshot ${path}: ${problem}`, { field: path });
}
