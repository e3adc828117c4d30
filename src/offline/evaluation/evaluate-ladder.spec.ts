import { describe, expect, it } from 'vitest';
import { evaluateLadder } from './evaluate-ladder.js';
import { evaluatePredictions } from './evaluate-predictions.js';
import { ladderLines } from './ladder-report.js';

const FOLLOWERS = [10, 300, 700, 2_000, 5_000] as const;
const rowCount = 2_000;
/** Evenly spread numbers in [0, 1); another stream for each step. */
const spread = (i: number, step: number): number => (i * step) % 1;
const truths = Float32Array.from({ length: rowCount * 4 }, (_, i) => 0.1 + 0.8 * spread(i, 0.618_033_988_7));
const input = {
  rowCount,
  probabilities: truths,
  labels: Uint8Array.from(truths, (truth, i) => (spread(i, 0.754_877_666_2) < truth ? 1 : 0)),
  authorFollowerCounts: Float64Array.from({ length: rowCount }, (_, i) => FOLLOWERS[i % 5]!),
  resampleCount: 20,
  seed: 7,
};
const half = truths.map((truth) => 0.5 + 0.5 * (truth - 0.5));
const answers = [
  { name: 'full', rung: 'full', missing: [], weighs: ['xgb4', 'xgb5'], probabilities: truths },
  { name: 'without nn1', rung: 'stage2', missing: ['nn1'], weighs: ['xgb4', 'xgb5'], probabilities: half },
];

describe('evaluateLadder', () => {
  it('scores every answer as a model alone would be, paired with the whole on the same resamples', () => {
    const { members } = evaluatePredictions({ ...input, members: answers });
    const progress: number[] = [];
    const cases = evaluateLadder({ ...input, onProgress: (done) => progress.push(done) }, answers);
    expect(progress).toEqual([1, 2]);
    for (const [i, seen] of cases.entries()) {
      const { meanAp, meanRce, ensembleMinus } = members![i]!;
      expect(seen).toEqual({
        name: answers[i]!.name,
        rung: answers[i]!.rung,
        missing: answers[i]!.missing,
        meanAp,
        meanRce,
        ensembleMinus: { ap: ensembleMinus.ap, rce: ensembleMinus.rce },
      });
    }
    expect(cases[0]!.ensembleMinus.rce).toEqual({ value: 0, low: 0, high: 0 });
    expect(cases[1]!.ensembleMinus.rce.low).toBeGreaterThan(0);
  });

  it('holds a mean of several models against the best of them alone', () => {
    const members = [
      { name: 'xgb4', probabilities: half },
      { name: 'xgb5', probabilities: half.map((value) => 0.5 + 0.5 * (value - 0.5)) },
      { name: 'nn1', probabilities: truths },
    ];
    const single = { ...answers[0]!, name: 'nn1', rung: 'nn1', weighs: ['nn1'] };
    const [full, without, alone] = evaluateLadder({ ...input, members }, [...answers, single]);
    const { ensembleMinus } = without!;
    expect(full!.aboveBest).toEqual({ member: 'xgb4', ...ensembleMinus });
    expect(without).not.toHaveProperty('aboveBest');
    expect(alone).not.toHaveProperty('aboveBest');
  });

  it('takes no answer that holds something that is no probability', () => {
    const broken = half.with(9, Number.NaN);
    const answer = {
      name: 'without nn1',
      rung: 'stage2',
      missing: ['nn1'],
      weighs: [],
      probabilities: broken,
    };
    expect(() => evaluateLadder(input, [answer])).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA_FILE', message: expect.stringContaining('without nn1') }),
    );
  });

  it('is an aligned table', () => {
    const interval = { value: 1, low: 0.5, high: 1.5 };
    const lines = ladderLines([
      {
        name: 'without nn1',
        rung: 'stage2',
        missing: ['nn1'],
        meanAp: interval,
        meanRce: interval,
        ensembleMinus: { ap: interval, rce: interval },
      },
      {
        name: 'full',
        rung: 'full',
        missing: [],
        meanAp: interval,
        meanRce: interval,
        ensembleMinus: { ap: interval, rce: interval },
        aboveBest: { member: 'xgb4', ap: interval, rce: interval },
      },
    ]);
    expect(lines).toEqual([
      'rung or case  answered at  AP                         RCE                  AP below ensemble          RCE below ensemble   RCE above its best model',
      'without nn1   stage2       1.0000 (0.5000 to 1.5000)  1.00 (0.50 to 1.50)  1.0000 (0.5000 to 1.5000)  1.00 (0.50 to 1.50)',
      'full          full         1.0000 (0.5000 to 1.5000)  1.00 (0.50 to 1.50)  1.0000 (0.5000 to 1.5000)  1.00 (0.50 to 1.50)  1.00 (0.50 to 1.50), xgb4',
    ]);
  });
});
