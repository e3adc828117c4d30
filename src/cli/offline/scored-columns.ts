import type { PartRow } from '../../pairs/part-row.js';
import { withRoom } from '../../pairs/column-growth.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import type { TrueRows } from './evaluation-rows.js';

const FIRST_CAPACITY = 65_536;

/** Columns of all scored rows, as the evaluation takes them. */
export interface EvaluationColumns {
  readonly rowCount: number;
  /** Row-major [rowCount, 4]. */
  readonly probabilities: Float32Array;
  readonly truths?: Float32Array;
  readonly labels: Uint8Array;
  readonly authorFollowerCounts: Float64Array;
  readonly members: readonly { readonly name: string; readonly probabilities: Float32Array }[];
}

/** Gathers predictions, labels and true probabilities of rows as they are scored; its arrays double when full. */
export class ScoredColumns {
  rowCount = 0;
  private probabilities = new Float32Array(FIRST_CAPACITY * TARGET_COUNT);
  private truths = new Float32Array(FIRST_CAPACITY * TARGET_COUNT);
  private readonly members = new Map<string, Float32Array>();
  private labels = new Uint8Array(FIRST_CAPACITY * TARGET_COUNT);
  private authorFollowerCounts = new Float64Array(FIRST_CAPACITY);
  private pendingTruths: Float32Array | undefined;
  private hasTruths = true;

  /** Hands the rows on and keeps the truths of the batch that is being scored. */
  async *rememberTruths(batches: AsyncIterable<TrueRows> | Iterable<TrueRows>): AsyncGenerator<PartRow[]> {
    for await (const { rows, truths } of batches) {
      this.pendingTruths = truths;
      yield rows;
    }
  }

  /** Adds rows that were scored, by the ensemble and by each of its models. Copies the values. */
  add(
    rows: readonly PartRow[],
    probabilities: Float32Array,
    members: ReadonlyMap<string, Float32Array> = new Map(),
  ): void {
    this.reserve(this.rowCount + rows.length);
    const at = this.rowCount * TARGET_COUNT;
    this.probabilities.set(probabilities.subarray(0, rows.length * TARGET_COUNT), at);
    for (const [name, ofMember] of members) {
      const column = this.memberColumn(name);
      column.set(ofMember.subarray(0, rows.length * TARGET_COUNT), at);
    }
    if (this.pendingTruths === undefined) this.hasTruths = false;
    else this.truths.set(this.pendingTruths, at);
    rows.forEach(({ author, engagementTimesS }, i) => {
      this.authorFollowerCounts[this.rowCount + i] = author.followerCount;
      engagementTimesS?.forEach(
        (timeS, t) => (this.labels[at + i * TARGET_COUNT + t] = timeS === null ? 0 : 1),
      );
    });
    this.rowCount += rows.length;
  }

  toColumns(): EvaluationColumns {
    const { rowCount } = this;
    const valueCount = rowCount * TARGET_COUNT;
    return {
      rowCount,
      probabilities: this.probabilities.subarray(0, valueCount),
      ...(this.hasTruths ? { truths: this.truths.subarray(0, valueCount) } : {}),
      labels: this.labels.subarray(0, valueCount),
      authorFollowerCounts: this.authorFollowerCounts.subarray(0, rowCount),
      members: [...this.members].map(([name, probabilities]) => ({
        name,
        probabilities: probabilities.subarray(0, valueCount),
      })),
    };
  }

  private memberColumn(name: string): Float32Array {
    const column = this.members.get(name) ?? new Float32Array(0);
    const longer = withRoom(column, this.probabilities.length, Float32Array);
    this.members.set(name, longer);
    return longer;
  }

  private reserve(rowCount: number): void {
    const valueCount = rowCount * TARGET_COUNT;
    this.probabilities = withRoom(this.probabilities, valueCount, Float32Array);
    this.truths = withRoom(this.truths, valueCount, Float32Array);
    this.labels = withRoom(this.labels, valueCount, Uint8Array);
    this.authorFollowerCounts = withRoom(this.authorFollowerCounts, rowCount, Float64Array);
  }
}
