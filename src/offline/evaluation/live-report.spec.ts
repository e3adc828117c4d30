import { describe, expect, it } from 'vitest';
import { evaluatePredictions } from './evaluate-predictions.js';
import { formatLiveReport, liveReportOf, PREQUENTIAL, WITHOUT_FEEDBACK } from './live-report.js';

const ROW_COUNT = 400;
const labels = Uint8Array.from({ length: ROW_COUNT * 4 }, (_, i) => ((i * 7) % 3 === 0 ? 1 : 0));
/** Predictions that know the labels to a degree, 0 to 1. */
const predictions = (knowledge: number): Float32Array =>
  Float32Array.from(labels, (label) => 0.33 * (1 - knowledge) + label * knowledge * 0.99 + 0.005);
const report = liveReportOf(
  evaluatePredictions({
    rowCount: ROW_COUNT,
    probabilities: predictions(0.5),
    labels,
    authorFollowerCounts: Float64Array.from({ length: ROW_COUNT }, (_, i) => i),
    members: [
      { name: PREQUENTIAL, probabilities: predictions(0.5) },
      { name: WITHOUT_FEEDBACK, probabilities: predictions(0.2) },
    ],
    resampleCount: 10,
  }),
);

describe('liveReportOf', () => {
  it('takes differences on the same resamples', () => {
    expect(report.liveMinusPrequential.rce).toEqual({ value: 0, low: 0, high: 0 });
    const { low, value } = report.liveMinusWithoutFeedback.rce;
    expect(value).toBeCloseTo(report.live.meanRce.value - report.withoutFeedback.meanRce.value, 9);
    expect(low).toBeGreaterThan(0);
  });

  it('refuses an evaluation without the two other ways', () => {
    const columns = { rowCount: ROW_COUNT, labels, probabilities: predictions(0.5), resampleCount: 1 };
    const evaluation = evaluatePredictions({
      ...columns,
      authorFollowerCounts: Float64Array.from({ length: ROW_COUNT }, (_, i) => i),
    });
    expect(() => liveReportOf(evaluation)).toThrow('the evaluation has no member "prequential"');
  });
});

describe('formatLiveReport', () => {
  it('has a line for each target and for the mean', () => {
    const lines = formatLiveReport(report).split('\n');
    expect(lines[0]).toContain('400 rows');
    expect(lines.slice(2).map((line) => line.split(' ')[0])).toEqual([
      'target',
      'reply',
      'retweet',
      'quote',
      'like',
      'mean',
    ]);
    expect(lines.at(-1)).toContain('0.00 (0.00 to 0.00)');
  });
});
