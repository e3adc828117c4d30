import type { RowRange } from '../backends/backend.js';
import type { BatchSlot } from '../ensemble/batch-slot.js';
import type { EnsembleDefinition } from '../ensemble/ensemble.js';
import type { BatchOutcome, MemberWeights } from '../ensemble/ladder.js';
import { ENSEMBLE_WIDTH } from '../ensemble/model-input.js';
import { type ExplainedMember, type ExplanationSize, explanationSizeOf } from './explanation-size.js';
import { type MemberUse, memberUses } from './member-use.js';
import { type FeatureInput, featureMatrixOf, type InputWriter } from '../features/input-writers.js';

/** Feature values and model outputs behind the scores: columns with one entry per pair, in the order of `pairIndexes`. */
export interface Explanation {
  readonly pairIndexes: readonly number[];
  /** Each feature that at least one pair model reads; NaN where a value is missing. */
  readonly features: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly members: readonly (ExplainedMember & {
    /** Row-major [pairs, 4]; NaN where the model was missing. */
    readonly probabilities: readonly number[];
    /** Weights in the worst outcome (lowest rung, then most missing models) of the request's batches. */
    readonly weights: MemberWeights;
    /** Use of the model in the same outcome. */
    readonly use: MemberUse;
  })[];
}

const NO_WEIGHT: MemberWeights = [0, 0, 0, 0];

/** Place of one feature in a slot. */
interface FeatureColumn {
  readonly name: string;
  readonly input: FeatureInput;
  readonly column: number;
}

/** Collects the explanation of one request from the slots in which its pairs are scored. */
export class ExplanationRecorder {
  private readonly rows = new Map<number, { features: number[]; members: number[][] }>();
  private readonly columns: readonly FeatureColumn[];
  private readonly members: readonly ExplainedMember[];

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
    this.members = ensemble.stages
      .flat()
      .map(({ name, model }) => ({ model: name, engine: model.metadata.engine }));
  }

  /** Upper bound on the bytes that explanations of this recorder add to an answer. */
  get size(): ExplanationSize {
    return explanationSizeOf(
      this.columns.map(({ name }) => name),
      this.members,
    );
  }

  /** Copies features and model outputs of a row range from a slot. @param pairIndexes pair of each row of the request */
  record(slot: BatchSlot, pairIndexes: Uint32Array, { batchRow, requestRow, rowCount }: RowRange): void {
    const matrices = this.columns.map(({ input }) => featureMatrixOf(slot, input));
    for (let i = 0; i < rowCount; i += 1) {
      const row = batchRow + i;
      const features = this.columns.map(({ column }, c) => {
        const { data, width } = matrices[c]!;
        return data[row * width + column]!;
      });
      const members = this.members.map(({ model }) => [
        ...slot.means.get(model)!.subarray(row * ENSEMBLE_WIDTH, (row + 1) * ENSEMBLE_WIDTH),
      ]);
      this.rows.set(pairIndexes[requestRow + i]!, { features, members });
    }
  }

  /**
   * Builds the explanation. Failed pairs are left out.
   * @param outcome worst outcome of the request's batches; undefined if no pair was scored
   * @param pairs pairs to explain, in this order. Default: all, in ascending order
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
      members: this.members.map(({ model, engine }, m) => ({
        model,
        engine,
        probabilities: rows.flatMap(({ members }) => members[m]!),
        weights: outcome?.weights.get(model) ?? NO_WEIGHT,
        use: uses.get(model) ?? 'none',
      })),
    };
  }
}
