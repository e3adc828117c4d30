import { CATALOGUE } from '../../features/catalogue.js';
import { TOKENS_PER_ROW } from '../../features/feature-file-contract.js';
import { KEYS } from '../../features/keys.js';
import type { ArrowColumn } from '../../files/arrow-file.js';
import { TARGETS } from '../../pairs/targets.js';
import { ROW, ROW_WORDS, type SharedRows } from './shared-rows.js';

/** Keys of a file's metadata beside FEATURE_FILE_METADATA. */
export const FEATURE_LOG_METADATA = {
  releaseId: 'release_id',
  /** One pair in so many is logged. */
  oneIn: 'sampled_one_in',
} as const;

/** Columns of a file of the feature log. The columns of the same names are those of a feature file. */
export const LOG_COLUMNS: readonly ArrowColumn[] = [
  ...CATALOGUE.map(({ name }) => ({ name, type: 'float32' as const })),
  { name: 'as_of_s', type: 'float64' },
  { name: 'author_follower_count', type: 'float64' },
  { name: 'pair_id', type: 'uint64' },
  ...TARGETS.map((target) => ({ name: `answered_${target}`, type: 'float32' as const })),
  ...KEYS.map(({ name }) => ({ name: `key_${name}`, type: 'uint64' as const })),
  { name: 'tokens', type: 'int32', listLength: TOKENS_PER_ROW },
];

type Values = Float32Array | Float64Array | BigUint64Array | Int32Array;

/** Rows of one record batch as columns. */
export class LogColumns {
  /** Values by column name, of which the first `rowCount` rows are used. */
  readonly columns: Readonly<Record<string, Values>>;
  rowCount = 0;
  /** 32-bit columns with the place of their value in a row. */
  private readonly words: readonly { readonly to: Int32Array; readonly place: number }[];
  /** Keys as lanes, with the place of the low lane. */
  private readonly lanes: readonly { readonly to: Int32Array; readonly place: number }[];
  private readonly asOfS: Float64Array;
  private readonly authorFollowerCount: Float64Array;
  private readonly tokens: Int32Array;

  /** @param capacity rows */
  constructor(readonly capacity: number) {
    const columns: Record<string, Values> = {};
    const word = (name: string, place: number): { to: Int32Array; place: number } => {
      const values = (columns[name] = new Float32Array(capacity));
      return { to: new Int32Array(values.buffer), place };
    };
    const lane = (name: string, place: number): { to: Int32Array; place: number } => {
      const values = (columns[name] = new BigUint64Array(capacity));
      return { to: new Int32Array(values.buffer), place };
    };
    this.words = [
      ...CATALOGUE.map(({ name }, f) => word(name, ROW.features + f)),
      ...TARGETS.map((target, t) => word(`answered_${target}`, ROW.probabilities + t)),
    ];
    this.lanes = [
      lane('pair_id', ROW.pairId),
      ...KEYS.map(({ name }, k) => lane(`key_${name}`, ROW.keys + 2 * k)),
    ];
    columns['as_of_s'] = this.asOfS = new Float64Array(capacity);
    columns['author_follower_count'] = this.authorFollowerCount = new Float64Array(capacity);
    columns['tokens'] = this.tokens = new Int32Array(capacity * TOKENS_PER_ROW);
    this.columns = columns;
  }

  /** True if no further row fits. */
  get isFull(): boolean {
    return this.rowCount === this.capacity;
  }

  /** Copies a row. The caller checked `isFull`. */
  add({ words, doubles }: SharedRows, row: number): void {
    const at = row * ROW_WORDS;
    const n = this.rowCount;
    for (let c = 0; c < this.words.length; c += 1) {
      const { to, place } = this.words[c]!;
      to[n] = words[at + place]!;
    }
    for (let c = 0; c < this.lanes.length; c += 1) {
      const { to, place } = this.lanes[c]!;
      to[2 * n] = words[at + place]!;
      to[2 * n + 1] = words[at + place + 1]!;
    }
    this.asOfS[n] = doubles[(at + ROW.asOfS) / 2]!;
    this.authorFollowerCount[n] = doubles[(at + ROW.authorFollowerCount) / 2]!;
    for (let i = 0; i < TOKENS_PER_ROW; i += 1)
      this.tokens[n * TOKENS_PER_ROW + i] = words[at + ROW.tokens + i]!;
    this.rowCount += 1;
  }
}
