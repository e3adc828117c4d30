import { describe, expect, it } from 'vitest';
import { COMPONENTS, LabelModel, PART_AT, STATE_COUNT } from './label-model.js';
import { Random } from './random.js';

describe('LabelModel', () => {
  it('gives the probability of each label as the sum over its combinations', () => {
    const base = Float64Array.from({ length: STATE_COUNT }, (_, state) => 1 / (1 + state));
    const model = new LabelModel(base);
    const logits = [0.3, -0.7, 1.1, -0.2];
    logits.forEach((logit, target) => {
      model.parts[PART_AT.reader + target] = logit - 0.5;
      model.parts[PART_AT.drift + target] = 0.5;
    });
    model.resolve();
    const weights = Array.from(base, (weight, state) =>
      logits.reduce(
        (product, logit, target) => (state & (1 << target) ? product * Math.exp(logit) : product),
        weight,
      ),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let target = 0; target < 4; target += 1) {
      const favourable = weights.reduce(
        (sum, weight, state) => (state & (1 << target) ? sum + weight : sum),
        0,
      );
      expect(model.probability[target]).toBeCloseTo(favourable / total, 12);
    }
  });

  it('draws labels as often as it says', () => {
    const model = new LabelModel();
    model.parts.set([2, 1.5, 3, 0.2], PART_AT.author);
    model.resolve();
    const random = new Random(4);
    const counts = [0, 0, 0, 0];
    const drawCount = 40_000;
    for (let i = 0; i < drawCount; i += 1) {
      const state = model.draw(random);
      for (let target = 0; target < 4; target += 1) if (state & (1 << target)) counts[target]! += 1;
    }
    counts.forEach((count, target) => {
      const p = model.probability[target]!;
      expect(Math.abs(count / drawCount - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / drawCount));
    });
  });

  it('keeps the parts in the order of COMPONENTS', () => {
    COMPONENTS.forEach((component, i) => expect(PART_AT[component]).toBe(4 * i));
  });
});
