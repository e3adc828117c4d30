import type { LadderPredictions } from '../../offline/evaluation/evaluate-ladder.js';
import { withRoom } from '../../pairs/column-growth.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import { type LadderCase, ladderCases } from './ladder-cases.js';
import type { OfflineScorer } from './offline-scorer.js';

const FIRST_CAPACITY = 65_536;

interface MeasuredCase extends LadderCase {
  /** Row-major [capacity, 4]. */
  column: Float32Array;
}

/** Scores rows once more for every case of a ladder, and keeps the predictions; its arrays double when full. */
export class LadderColumns {
  private readonly cases: readonly MeasuredCase[];
  private rowCount = 0;

  constructor(private readonly scorer: OfflineScorer) {
    this.cases = ladderCases(scorer.ensemble).map((ladderCase) => ({
      ...ladderCase,
      column: new Float32Array(FIRST_CAPACITY * TARGET_COUNT),
    }));
  }

  /** Adds the rows that the scorer has scored last. @throws PairstreamError as its models */
  async add(rowCount: number): Promise<void> {
    const at = this.rowCount * TARGET_COUNT;
    this.rowCount += rowCount;
    for (const measured of this.cases) {
      const { missing, rung } = measured;
      const probabilities = await this.scorer.scoreWithout(rowCount, new Set(missing), rung);
      measured.column = withRoom(measured.column, this.rowCount * TARGET_COUNT, Float32Array);
      measured.column.set(probabilities.subarray(0, rowCount * TARGET_COUNT), at);
    }
  }

  /** Answers of every case to all rows. */
  toPredictions(): LadderPredictions[] {
    return this.cases.map(({ name, rung, missing, column }) => ({
      name,
      rung: rung.name,
      missing,
      weighs: [...rung.weights.keys()],
      probabilities: column.subarray(0, this.rowCount * TARGET_COUNT),
    }));
  }
}
