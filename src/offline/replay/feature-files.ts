import { join } from 'node:path';
import { ArrowFileWriter, type ArrowColumn } from '../../files/arrow-file.js';
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import { FEATURE_FILE_METADATA, TOKENS_PER_ROW } from '../../features/feature-file-contract.js';
import { KEYS } from '../../features/keys.js';
import type { EngagementTimes } from '../../pairs/part-row.js';
import { TARGETS } from '../../pairs/targets.js';

/** Rows per record batch. */
const BATCH_ROWS = 65_536;

/** Columns after the features, which a model may not see. */
const ROW_COLUMNS: readonly ArrowColumn[] = [
  { name: 'as_of_s', type: 'float64' },
  { name: 'author_follower_count', type: 'float64' },
  ...TARGETS.map((target) => ({ name: `label_${target}`, type: 'uint8' as const })),
  { name: 'day', type: 'int32' },
  ...KEYS.map(({ name }) => ({ name: `key_${name}`, type: 'uint64' as const })),
  { name: 'tokens', type: 'int32', listLength: TOKENS_PER_ROW },
];

/** The part of a row that a feature file holds beside features and keys. A PartRow has it. */
export interface LabelledRow {
  /** Time that the features are computed for, Unix seconds. */
  readonly tweetCreatedAtS: number;
  readonly author: { readonly followerCount: number };
  readonly engagementTimesS: EngagementTimes | undefined;
  readonly textTokens: ArrayLike<number>;
}

/**
 * Writes features and labels to one Arrow IPC file a day, `features-00007.arrow`: a float32 column per feature, then
 * as_of_s and author_follower_count (float64), label_reply, label_retweet, label_quote, label_like (uint8, 1 = it
 * happened), day (int32, from 0), a uint64 per key (key_a_user_id ...), and tokens (48 x int32). The schema's metadata
 * holds the version of the feature catalogue and the SHA-256 of the vocabulary.
 */
export class FeatureFiles {
  /** Paths written so far. */
  readonly paths: string[] = [];
  private readonly columns: Record<
    string,
    Float32Array | Float64Array | Uint8Array | Int32Array | BigUint64Array
  > = {};
  private readonly features: readonly Float32Array[];
  private readonly asOfS = new Float64Array(BATCH_ROWS);
  private readonly authorFollowerCount = new Float64Array(BATCH_ROWS);
  private readonly labels = TARGETS.map(() => new Uint8Array(BATCH_ROWS));
  private readonly day = new Int32Array(BATCH_ROWS);
  /** Lanes of each key's column. */
  private readonly keys: readonly Int32Array[];
  private readonly tokens = new Int32Array(BATCH_ROWS * TOKENS_PER_ROW);
  private writer: ArrowFileWriter | undefined;
  private openDay = -1;
  private used = 0;

  /**
   * @param directory that exists
   * @param featureNames the columns, in the order of a row's values
   * @param vocabularySha256 of the vocabulary the rows were tokenised with
   */
  constructor(
    private readonly directory: string,
    private readonly featureNames: readonly string[],
    private readonly vocabularySha256: string,
  ) {
    this.features = featureNames.map((name) => (this.columns[name] = new Float32Array(BATCH_ROWS)));
    this.columns['as_of_s'] = this.asOfS;
    this.columns['author_follower_count'] = this.authorFollowerCount;
    TARGETS.forEach((target, t) => (this.columns[`label_${target}`] = this.labels[t]!));
    this.columns['day'] = this.day;
    this.keys = KEYS.map(({ name }) => {
      const column = new BigUint64Array(BATCH_ROWS);
      this.columns[`key_${name}`] = column;
      return new Int32Array(column.buffer);
    });
    this.columns['tokens'] = this.tokens;
  }

  /**
   * Appends rows of one day, days ascending.
   * @param values row-major [rows.length, features]; copied
   * @param keys lanes of KEYS, row-major [rows.length, 2 KEYS]; copied
   */
  async append(
    day: number,
    rows: readonly LabelledRow[],
    values: Float32Array,
    keys: Int32Array,
  ): Promise<void> {
    if (day !== this.openDay) {
      await this.close();
      const path = join(this.directory, `features-${String(day).padStart(5, '0')}.arrow`);
      this.writer = await ArrowFileWriter.open(
        path,
        [...this.featureNames.map((name) => ({ name, type: 'float32' as const })), ...ROW_COLUMNS],
        {
          [FEATURE_FILE_METADATA.catalogueVersion]: CATALOGUE_VERSION,
          [FEATURE_FILE_METADATA.vocabularySha256]: this.vocabularySha256,
        },
      );
      this.paths.push(path);
      this.openDay = day;
    }
    for (let row = 0; row < rows.length; row += 1) {
      this.putKeys(keys, row * 2 * KEYS.length);
      this.put(day, rows[row]!, values, row * this.features.length);
      if (this.used === BATCH_ROWS) await this.flush();
    }
  }

  /** Finishes the open file. */
  async close(): Promise<void> {
    if (this.writer === undefined) return;
    await this.flush();
    await this.writer.close();
    this.writer = undefined;
  }

  /** Removes the file that is being written; finished ones stay. */
  async abort(): Promise<void> {
    await this.writer?.abort();
    this.writer = undefined;
  }

  private put(day: number, row: LabelledRow, values: Float32Array, valueAt: number): void {
    const at = this.used;
    for (let f = 0; f < this.features.length; f += 1) this.features[f]![at] = values[valueAt + f]!;
    this.asOfS[at] = row.tweetCreatedAtS;
    this.authorFollowerCount[at] = row.author.followerCount;
    this.labels.forEach((label, t) => (label[at] = (row.engagementTimesS?.[t] ?? null) === null ? 0 : 1));
    this.day[at] = day;
    const { textTokens } = row;
    for (let i = 0; i < TOKENS_PER_ROW; i += 1) this.tokens[at * TOKENS_PER_ROW + i] = textTokens[i] ?? 0;
    this.used += 1;
  }

  private putKeys(keys: Int32Array, keyAt: number): void {
    const at = 2 * this.used;
    for (let k = 0; k < this.keys.length; k += 1) {
      this.keys[k]![at] = keys[keyAt + 2 * k]!;
      this.keys[k]![at + 1] = keys[keyAt + 2 * k + 1]!;
    }
  }

  private async flush(): Promise<void> {
    if (this.used > 0) await this.writer?.writeBatch(this.columns, this.used);
    this.used = 0;
  }
}
