import { checkEvaluationInput, type EvaluationInput, type MemberPredictions } from './evaluation-input.js';
import type { LadderCaseReport } from './ladder-report.js';
import { rowsByGroup } from './popularity-groups.js';
import { PredictionScorer } from './prediction-scorer.js';
import { PoissonWeights } from './resampling.js';
import { difference, type Scorings, spanOf } from './scorings.js';

const DEFAULT_RESAMPLE_COUNT = 200;
const DEFAULT_SEED = 1;

/** Predictions of an answer with models missing. */
export interface LadderPredictions extends MemberPredictions {
  readonly rung: string;
  readonly missing: readonly string[];
  /** Models in the rung's weighted mean. */
  readonly weighs: readonly string[];
}

/**
 * Scores answers with models missing, and compares them with the full ensemble, by the definitions of `evaluatePredictions`. The
 * answers are scored one after another, to save memory, on the same resamples (drawn again from the same seed). An answer
 * without missing models that is a mean of several members is also compared with the best of them.
 * @param input the full ensemble and every member alone; `onProgress` is called after each answer
 * @throws PairstreamError as evaluatePredictions
 */
export function evaluateLadder(
  input: Omit<EvaluationInput, 'truths'>,
  answers: readonly LadderPredictions[],
): LadderCaseReport[] {
  checkEvaluationInput({ ...input, members: [...(input.members ?? []), ...answers] });
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
  const alone = (input.members ?? []).map((member) => ({
    member: member.name,
    scorings: scoringsOf(member.probabilities),
  }));
  return answers.map(({ name, rung, missing, weighs, probabilities }, i) => {
    const scorings = scoringsOf(probabilities);
    const rivals =
      missing.length > 0 || weighs.length === 1 ? [] : alone.filter(({ member }) => weighs.includes(member));
    const [best] = rivals.toSorted((a, b) => b.scorings[0].mean.rce - a.scorings[0].mean.rce);
    onProgress?.(i + 1, answers.length);
    return {
      name,
      rung,
      missing,
      meanAp: spanOf(scorings, ({ mean }) => mean.ap),
      meanRce: spanOf(scorings, ({ mean }) => mean.rce),
      ensembleMinus: difference(whole, scorings, ({ mean }) => mean),
      ...(best === undefined
        ? {}
        : { aboveBest: { member: best.member, ...difference(scorings, best.scorings, ({ mean }) => mean) } }),
    };
  });
}
