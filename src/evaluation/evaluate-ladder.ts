import { checkEvaluationInput, type EvaluationInput, type MemberPredictions } from './evaluation-input.js';
import type { LadderCaseReport } from './ladder-report.js';
import { rowsByGroup } from './popularity-groups.js';
import { PredictionScorer } from './prediction-scorer.js';
import { PoissonWeights } from './resampling.js';
import { type Scorings, spanOf } from './scorings.js';

const DEFAULT_RESAMPLE_COUNT = 200;
const DEFAULT_SEED = 1;

/** Predictions of an answer that does without some models. */
export interface LadderPredictions extends MemberPredictions {
  readonly rung: string;
  readonly missing: readonly string[];
}

/**
 * Scores answers that do without some models beside the whole, by the definitions of `evaluatePredictions`. One is scored
 * after another, which takes the memory of one; all on the same resamples, drawn anew from the same seed.
 * @param input the whole; `onProgress` is called after each answer
 * @throws PairstreamError as evaluatePredictions
 */
export function evaluateLadder(
  input: Omit<EvaluationInput, 'members' | 'truths'>,
  answers: readonly LadderPredictions[],
): LadderCaseReport[] {
  checkEvaluationInput({ ...input, members: answers });
  const { labels, onProgress } = input;
  const { resampleCount = DEFAULT_RESAMPLE_COUNT, seed = DEFAULT_SEED } = input;
  const groupRows = rowsByGroup(input.authorFollowerCounts);
  const scoringsOf = (probabilities: Float32Array): Scorings => {
    const scorer = new PredictionScorer(groupRows, probabilities, labels);
    const weights = groupRows.map((rows) => new Uint8Array(rows.length).fill(1));
    const scorings: Scorings = [scorer.score(weights)];
    const draws = new PoissonWeights(seed);
    for (let done = 0; done < resampleCount; done += 1) {
      for (const group of weights) draws.draw(group);
      scorings.push(scorer.score(weights));
    }
    return scorings;
  };
  const whole = scoringsOf(input.probabilities);
  return answers.map(({ name, rung, missing, probabilities }, i) => {
    const scorings = scoringsOf(probabilities);
    onProgress?.(i + 1, answers.length);
    return {
      name,
      rung,
      missing,
      meanAp: spanOf(scorings, ({ mean }) => mean.ap),
      meanRce: spanOf(scorings, ({ mean }) => mean.rce),
      wholeMinus: {
        ap: spanOf(whole, ({ mean }, at) => mean.ap - scorings[at]!.mean.ap),
        rce: spanOf(whole, ({ mean }, at) => mean.rce - scorings[at]!.mean.rce),
      },
    };
  });
}
