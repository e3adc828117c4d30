import type { RowRange } from '../backends/backend.js';
import type { BatchSlot } from '../ensemble/batch-slot.js';
import type { BatchOutcome } from '../ensemble/ladder.js';
import { ENSEMBLE_WIDTH } from '../ensemble/model-input.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { TweetRows } from '../features/tweet-rows.js';
import type { InputWriter } from '../features/input-writers.js';
import type { FeatureMatrix } from '../features/feature-plan.js';
import type { ExplanationRecorder } from './explanation.js';
import type { ServedRows } from './served-rows.js';

/** A pair without probabilities, with the reason. */
export interface RowFailure {
  readonly pairIndex: number;
  readonly error: PairstreamError;
}

/** Records the rows of a request, through a matrix of the catalogue with a row for each row of a batch. */
export interface RowRecording {
  readonly rows: ServedRows;
  readonly catalogue: FeatureMatrix;
}

/** One request while it is scored: its valid pairs, its failed pairs, and the probabilities of all pairs. */
export class ScoredCall {
  readonly probabilities: Float32Array;
  readonly rowCount: number;
  private readonly pairIndexes: Uint32Array;
  private readonly failed: Map<number, PairstreamError>;
  private readonly missing = new Set<string>();
  private worst: BatchOutcome | undefined;

  constructor(
    private readonly tweetRows: TweetRows,
    invalid: ReadonlyMap<number, PairstreamError> | undefined,
    private readonly writer: InputWriter,
    private readonly recorder: ExplanationRecorder | undefined,
    private readonly recording?: RowRecording,
  ) {
    const pairCount = tweetRows.batch.pairs.count;
    this.failed = new Map(invalid);
    this.probabilities = new Float32Array(pairCount * ENSEMBLE_WIDTH);
    this.pairIndexes = new Uint32Array(pairCount - this.failed.size);
    for (let pair = 0, row = 0; pair < pairCount; pair += 1) {
      if (this.failed.has(pair))
        this.probabilities.fill(Number.NaN, pair * ENSEMBLE_WIDTH, (pair + 1) * ENSEMBLE_WIDTH);
      else this.pairIndexes[row++] = pair;
    }
    this.rowCount = this.pairIndexes.length;
    recording?.rows.begin(tweetRows.batch, this.pairIndexes);
  }

  /** Errors of the failed pairs, by pair index. */
  get failedPairs(): ReadonlyMap<number, PairstreamError> {
    return this.failed;
  }

  /** The worst outcome of the batches that scored pairs of the request; undefined if no pair was scored. */
  get outcome(): BatchOutcome | undefined {
    return this.worst;
  }

  /** Models that were missing in at least one of these batches. */
  get missingMembers(): ReadonlySet<string> {
    return this.missing;
  }

  /** Writes the model inputs of a row range into a slot. */
  write(slot: BatchSlot, range: RowRange): void {
    const { tweetRows, pairIndexes, writer, recording } = this;
    if (recording?.rows.wants(range) !== true) return writer.write(tweetRows, pairIndexes, range, slot);
    writer.write(tweetRows, pairIndexes, range, slot, recording.catalogue);
    recording.rows.record(range, recording.catalogue);
  }

  /** Copies the results of the same row range from the slot. */
  read(slot: BatchSlot, range: RowRange): void {
    const { batchRow, requestRow, rowCount } = range;
    const { probabilities, outcome } = slot;
    if (outcome !== undefined) this.noteOutcome(outcome);
    this.recorder?.record(slot, this.pairIndexes, range);
    for (let row = 0; row < rowCount; row += 1) {
      const pair = this.pairIndexes[requestRow + row]!;
      let isProbability = true;
      for (let t = 0; t < ENSEMBLE_WIDTH; t += 1) {
        const value = probabilities[(batchRow + row) * ENSEMBLE_WIDTH + t]!;
        isProbability &&= value >= 0 && value <= 1;
        this.probabilities[pair * ENSEMBLE_WIDTH + t] = value;
      }
      if (!isProbability) this.fail(pair);
    }
  }

  /** Pairs that did not fail, ascending. */
  answeredPairs(): Uint32Array {
    return this.pairIndexes.length + this.failed.size === this.tweetRows.batch.pairs.count
      ? this.pairIndexes
      : this.pairIndexes.filter((pair) => !this.failed.has(pair));
  }

  /** Pairs without probabilities, by ascending pair index. */
  failures(): RowFailure[] {
    return [...this.failed]
      .map(([pairIndex, error]) => ({ pairIndex, error }))
      .sort((a, b) => a.pairIndex - b.pairIndex);
  }

  private noteOutcome(outcome: BatchOutcome): void {
    for (const name of outcome.missing) this.missing.add(name);
    const { worst } = this;
    const isWorse =
      worst === undefined ||
      outcome.level > worst.level ||
      (outcome.level === worst.level && outcome.missing.length > worst.missing.length);
    if (isWorse) this.worst = outcome;
  }

  private fail(pair: number): void {
    const at = pair * ENSEMBLE_WIDTH;
    const seen = this.probabilities.slice(at, at + ENSEMBLE_WIDTH).join(', ');
    const message = `pairs[${pair}]: the models answered ${seen}, expected probabilities`;
    this.failed.set(pair, new PairstreamError('BACKEND_FAILED', message, { field: `pairs[${pair}]` }));
    this.probabilities.fill(Number.NaN, at, at + ENSEMBLE_WIDTH);
  }
}
