import type { RowRange } from '../backends/backend.js';
import type { BatchSlot } from '../ensemble/batch-slot.js';
import type { EnsembleDefinition } from '../ensemble/ensemble.js';
import type { BatchOutcome, MemberWeights } from '../ensemble/ladder.js';
import { ENSEMBLE_WIDTH } from '../ensemble/model-input.js';
import { type ExplanationSize, explanationSizeOf } from './explanation-size.js';
import { type MemberUse, memberUses } from './member-use.js';
import { type FeatureInput, featureMatrixOf, type InputWriter } from '../features/input-writers.js';

/** Why pairs are scored as they are: columns have one entry per pair, in the order of `pairIndexes`. */
export interface Explanation {
  readonly pairIndexes: readonly number[];
  /** Every feature that some model of the pair reads, once; NaN where a value is missing. */
  readonly features: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly members: readonly {
    readonly model: string;
    /** Row-major [pairs, 4]; NaN where the member was missing. */
    readonly probabilities: readonly number[];
    /** As used for the pairs that were answered with the least. */
    readonly weights: MemberWeights;
    /** For the same pairs. */
    readonly use: MemberUse;
  }[];
}

const NO_WEIGHT: MemberWeights = [0, 0, 0, 0];

/** Where one feature is found in a slot. */
interface FeatureColumn {
  readonly name: string;
  readonly input: FeatureInput;
  readonly column: number;
}

/** Gathers the explanation of one call from the slots its pairs are scored in. */
export class ExplanationRecorder {
  private readonly rows = new Map<number, { features: number[]; members: number[][] }>();
  private readonly columns: readonly FeatureColumn[];
  private readonly memberNames: readonly string[];

  constructor(
    { featureInputs }: Pick<InputWriter, 'featureInputs'>,
    private readonly ensemble: EnsembleDefinition,
  ) {
    const byName = new Map<string, FeatureColumn>();
    for (const input of featureInputs)
      input.names.forEach((name, column) => {
        if (!byName.has(name)) byName.set(name, { name, input, column });
      });
    this.columns = [...byName.values()];
    this.memberNames = ensemble.stages.flat().map(({ name }) => name);
  }

  /** Bytes that explanations of this recorder add to an answer. */
  get size(): ExplanationSize {
    return explanationSizeOf(
      this.columns.map(({ name }) => name),
      this.memberNames,
    );
  }

  /** Copies features and opinions of rows of the call from a slot. @param pairIndexes the pair of each row of the call */
  record(slot: BatchSlot, pairIndexes: Uint32Array, { batchRow, requestRow, rowCount }: RowRange): void {
    const matrices = this.columns.map(({ input }) => featureMatrixOf(slot, input));
    for (let i = 0; i < rowCount; i += 1) {
      const row = batchRow + i;
      const features = this.columns.map(({ column }, c) => {
        const { data, width } = matrices[c]!;
        return data[row * width + column]!;
      });
      const members = this.memberNames.map((name) => [
        ...slot.means.get(name)!.subarray(row * ENSEMBLE_WIDTH, (row + 1) * ENSEMBLE_WIDTH),
      ]);
      this.rows.set(pairIndexes[requestRow + i]!, { features, members });
    }
  }

  /**
   * The explanation, without the pairs that failed.
   * @param outcome how the pairs that were answered with the least were answered
   * @param pairs the pairs to explain, in this order; undefined: all, by ascending pair index
   */
  take(
    failed: ReadonlyMap<number, unknown>,
    outcome: BatchOutcome | undefined,
    pairs: Iterable<number> = [...this.rows.keys()].sort((a, b) => a - b),
  ): Explanation {
    const uses = memberUses(this.ensemble, outcome);
    const rows = [...pairs].flatMap((pair) => {
      const row = failed.has(pair) ? undefined : this.rows.get(pair);
      return row === undefined ? [] : [{ pair, ...row }];
    });
    return {
      pairIndexes: rows.map(({ pair }) => pair),
      features: this.columns.map(({ name }, c) => ({
        name,
        values: rows.map(({ features }) => features[c]!),
      })),
      members: this.memberNames.map((model, m) => ({
        model,
        probabilities: rows.flatMap(({ members }) => members[m]!),
        weights: outcome?.weights.get(model) ?? NO_WEIGHT,
        use: uses.get(model) ?? 'none',
      })),
    };
  }
}
