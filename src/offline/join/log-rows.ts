import { fileProblem } from '../../errors/file-problem.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import { CATALOGUE } from '../../features/catalogue.js';
import { FEATURE_FILE_METADATA, TOKENS_PER_ROW } from '../../features/feature-file-contract.js';
import { KEYS } from '../../features/keys.js';
import { FEATURE_LOG_METADATA } from '../../feedback/feature-log/log-columns.js';
import { listLogFiles, listLogFolders } from '../../feedback/feature-log/log-folder.js';
import { type ArrowBatch, readArrowFile, readArrowMetadata } from '../../files/arrow-file.js';

/** What the files of feature logs have in common. */
export interface LogContract {
  readonly vocabularySha256: string;
  /** The smallest sample: one pair in so many. */
  readonly oneIn: number;
}

/** Lists the complete files of feature logs. @throws PairstreamError INVALID_DATA_FILE if a folder has none */
export function listServedFiles(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    let files: string[];
    try {
      files = listLogFolders(folder).flatMap((found) => listLogFiles(found));
    } catch (error) {
      throw invalid(folder, fileProblem(error), error);
    }
    if (files.length === 0)
      throw invalid(folder, 'no served-*.arrow in it, expected the feature log of a gateway');
    return files;
  });
}

/** Checks that files have this catalogue and one vocabulary. @throws PairstreamError INVALID_DATA_FILE */
export async function readContract(paths: readonly string[]): Promise<LogContract> {
  let vocabularySha256: string | undefined;
  let oneIn = Number.POSITIVE_INFINITY;
  for (const path of paths) {
    const metadata = await readArrowMetadata(path);
    const catalogue = metadata.get(FEATURE_FILE_METADATA.catalogueVersion);
    if (catalogue !== CATALOGUE_VERSION)
      throw invalid(path, `feature catalogue ${catalogue ?? 'none'}, expected ${CATALOGUE_VERSION}`);
    const vocabulary = metadata.get(FEATURE_FILE_METADATA.vocabularySha256) ?? 'none';
    vocabularySha256 ??= vocabulary;
    if (vocabulary !== vocabularySha256)
      throw invalid(path, `vocabulary ${vocabulary}, expected ${vocabularySha256} of the first file`);
    oneIn = Math.min(oneIn, Number(metadata.get(FEATURE_LOG_METADATA.oneIn)));
  }
  if (vocabularySha256 === undefined || !(oneIn >= 1))
    throw invalid(paths[0] ?? '', `no ${FEATURE_LOG_METADATA.oneIn} in its metadata, expected a feature log`);
  return { vocabularySha256, oneIn };
}

/** Rows of a record batch of a feature log. */
export class LogRows {
  readonly asOfS: Float64Array;
  /** Lanes of the pair id of each row. */
  readonly pairIds: Uint32Array;
  readonly authorFollowerCount: Float64Array;
  private readonly tokens: Int32Array;
  private readonly features: readonly Float32Array[];
  private readonly keys: readonly Int32Array[];

  /** @throws PairstreamError INVALID_DATA_FILE for a missing column */
  constructor(
    private readonly path: string,
    private readonly batch: ArrowBatch,
  ) {
    this.asOfS = this.doubles('as_of_s');
    this.authorFollowerCount = this.doubles('author_follower_count');
    const ids = this.longs('pair_id');
    this.pairIds = new Uint32Array(ids.buffer, ids.byteOffset, 2 * ids.length);
    const tokens = batch.columns.get('tokens');
    if (!(tokens instanceof Int32Array) || tokens.length !== batch.rowCount * TOKENS_PER_ROW)
      throw this.missing('tokens', `int32 lists of ${TOKENS_PER_ROW}`);
    this.tokens = tokens;
    this.features = CATALOGUE.map(({ name }) => {
      const values = batch.columns.get(name);
      if (values instanceof Float32Array) return values;
      throw this.missing(name, 'float32');
    });
    this.keys = KEYS.map(({ name }) => {
      const values = this.longs(`key_${name}`);
      return new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
    });
  }

  /** Number of rows. */
  get rowCount(): number {
    return this.batch.rowCount;
  }

  /** Copies the features of a row to out[at ..). */
  copyFeatures(row: number, out: Float32Array, at: number): void {
    for (let f = 0; f < this.features.length; f += 1) out[at + f] = this.features[f]![row]!;
  }

  /** Copies the lanes of the keys of a row to out[at ..). */
  copyKeys(row: number, out: Int32Array, at: number): void {
    for (let k = 0; k < this.keys.length; k += 1) {
      out[at + 2 * k] = this.keys[k]![2 * row]!;
      out[at + 2 * k + 1] = this.keys[k]![2 * row + 1]!;
    }
  }

  /** Tokens of a row, TOKENS_PER_ROW; a view. */
  tokensOf(row: number): Int32Array {
    return this.tokens.subarray(row * TOKENS_PER_ROW, (row + 1) * TOKENS_PER_ROW);
  }

  private doubles(name: string): Float64Array {
    const values = this.batch.columns.get(name);
    if (values instanceof Float64Array) return values;
    throw this.missing(name, 'float64');
  }

  private longs(name: string): BigUint64Array {
    const values = this.batch.columns.get(name);
    if (values instanceof BigUint64Array) return values;
    throw this.missing(name, 'uint64');
  }

  private missing(column: string, type: string): PairstreamError {
    return invalid(this.path, `no column ${column} of type ${type}, expected one`);
  }
}

/** Reads a file of a feature log batch by batch. @throws PairstreamError INVALID_DATA_FILE */
export async function* readLogRows(path: string): AsyncGenerator<LogRows> {
  for await (const batch of readArrowFile(path)) yield new LogRows(path, batch);
}

function invalid(path: string, problem: string, cause?: unknown): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path, cause });
}
