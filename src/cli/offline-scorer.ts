import { Ensemble } from '../ensemble/ensemble.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { Release } from '../releases/release.js';
import type { ScoreFeatures } from '../replay/prequential.js';

const BATCH_ROWS = 1_024;

/** The features a release reads, each once, and a function that scores rows of them with its models. */
export interface OfflineScorer {
  readonly featureNames: readonly string[];
  readonly score: ScoreFeatures;
}

/** Runs the models of a release on features that were computed elsewhere, without queue or deadline. */
export function createOfflineScorer({ ensemble: definition, inputPlans }: Release): OfflineScorer {
  const featureNames = [...new Set(inputPlans.flatMap((input) => input.featureNames))];
  const inputs = inputPlans.map(({ model, tensor, featureNames: names }) => ({
    model,
    tensor,
    columns: Int32Array.from(names, (name) => featureNames.indexOf(name)),
  }));
  const ensemble = new Ensemble(definition);
  const slot = ensemble.createSlot(BATCH_ROWS);
  const context = { deadlineMs: Infinity, signal: new AbortController().signal };
  const score: ScoreFeatures = async (features, rowCount) => {
    if (rowCount > BATCH_ROWS)
      throw new PairstreamError('INTERNAL', `${rowCount} rows, expected at most ${BATCH_ROWS}`);
    for (const { model, tensor, columns } of inputs) {
      const matrix = slot.inputs.get(model)?.get(tensor);
      if (matrix === undefined) throw new PairstreamError('INTERNAL', `no matrix for ${model}.${tensor}`);
      for (let row = 0; row < rowCount; row += 1) {
        columns.forEach((column, i) => {
          matrix.data[row * matrix.width + i] = features[row * featureNames.length + column] ?? Number.NaN;
        });
      }
    }
    await ensemble.run(slot, rowCount, context);
    return slot.probabilities;
  };
  return { featureNames, score };
}
