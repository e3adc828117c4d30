import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileProblem } from '../../errors/file-problem.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import { type ArrowBatch, readArrowFile, readArrowMetadata } from '../../files/arrow-file.js';
import { FEATURE_FILE_METADATA, TOKENS_PER_ROW } from '../../features/feature-file-contract.js';

const FILE_NAME = /^features-(\d+)\.arrow$/;

/** A feature file of one day. */
export interface FeatureFile {
  readonly path: string;
  /** From 0: days since the first row of the replay. */
  readonly day: number;
}

/**
 * Lists the feature files of a replay's folder, days ascending.
 * @throws PairstreamError INVALID_DATA_FILE when the folder cannot be read or has none
 */
export function listFeatureFiles(folder: string): FeatureFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw invalid(folder, fileProblem(error), error);
  }
  const files = names.flatMap((name) => {
    const day = FILE_NAME.exec(name)?.[1];
    return day === undefined ? [] : [{ path: join(folder, name), day: Number(day) }];
  });
  if (files.length > 0) return files.toSorted((a, b) => a.day - b.day);
  throw invalid(folder, 'no features-*.arrow in it; write them with `pairstream replay`');
}

/**
 * Checks that a feature file was computed with this gateway's catalogue and with a vocabulary.
 * @throws PairstreamError INVALID_DATA_FILE that names both values when it was not, or when the file names none
 */
export async function checkFeatureFile(path: string, vocabularySha256: string): Promise<void> {
  const metadata = await readArrowMetadata(path);
  const expected = [
    [FEATURE_FILE_METADATA.catalogueVersion, CATALOGUE_VERSION],
    [FEATURE_FILE_METADATA.vocabularySha256, vocabularySha256],
  ] as const;
  for (const [key, value] of expected) {
    const seen = metadata.get(key);
    if (seen === value) continue;
    const problem = seen === undefined ? `no ${key} in its metadata` : `${key} is ${seen}`;
    throw invalid(
      path,
      `${problem}, expected ${value}; write the feature files again with \`pairstream replay\``,
    );
  }
}

/** Rows of a feature file, by column. */
export class FeatureColumns {
  private readonly keys = new Map<string, Int32Array>();

  /** @param path of the file, for errors */
  constructor(
    private readonly path: string,
    private readonly batch: ArrowBatch,
  ) {}

  /** Number of rows. */
  get rowCount(): number {
    return this.batch.rowCount;
  }

  /** Time the features of each row were computed for, seconds. */
  get asOfS(): Float64Array {
    const values = this.batch.columns.get('as_of_s');
    if (values instanceof Float64Array) return values;
    throw this.missing('as_of_s', 'float64');
  }

  /** Values of a feature. @throws PairstreamError INVALID_DATA_FILE as every accessor, for a column that is missing */
  feature(name: string): Float32Array {
    const values = this.batch.columns.get(name);
    if (values instanceof Float32Array) return values;
    throw this.missing(name, 'float32');
  }

  /** Low and high lane of a key of each row. */
  key(name: string): Int32Array {
    const known = this.keys.get(name);
    if (known !== undefined) return known;
    const values = this.batch.columns.get(`key_${name}`);
    if (!(values instanceof BigUint64Array)) throw this.missing(`key_${name}`, 'uint64');
    const lanes = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
    this.keys.set(name, lanes);
    return lanes;
  }

  /** Token ids, row-major [rowCount, TOKENS_PER_ROW]. */
  get tokens(): Int32Array {
    const values = this.batch.columns.get('tokens');
    if (values instanceof Int32Array && values.length === this.rowCount * TOKENS_PER_ROW) return values;
    throw this.missing('tokens', `int32 lists of ${TOKENS_PER_ROW}`);
  }

  private missing(column: string, type: string): PairstreamError {
    return invalid(this.path, `no column ${column} of type ${type}, expected one`);
  }
}

/** Reads a feature file batch by batch. @throws PairstreamError INVALID_DATA_FILE as readArrowFile */
export async function* readFeatureFile(path: string): AsyncGenerator<FeatureColumns> {
  for await (const batch of readArrowFile(path)) yield new FeatureColumns(path, batch);
}

function invalid(path: string, problem: string, cause?: unknown): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path, cause });
}
