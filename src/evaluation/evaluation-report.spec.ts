import { describe, expect, it } from 'vitest';
import { type EvaluationReport, formatEvaluationReport } from './evaluation-report.js';

const ap = { value: 0.25, low: 0.2, high: 0.3 };
const rce = { value: 12.345, low: 11, high: 13.5 };
const groups = [
  { group: 0, rowCount: 900, positiveCount: 90, ap: 0.25, rce: 12.345 },
  { group: 1, rowCount: 100, positiveCount: 0, ap: null, rce: null },
];
const report: EvaluationReport = {
  rowCount: 1_000,
  resampleCount: 200,
  targets: [{ target: 'reply', ap, rce, groups, leftOutGroups: [1] }],
  meanAp: ap,
  meanRce: rce,
};

describe('formatEvaluationReport', () => {
  it('is an aligned table', () => {
    expect(formatEvaluationReport(report).split('\n')).toEqual([
      '1000 rows; means over five groups of authors by followers; 95 % intervals of 200 resamples',
      '',
      'target  AP                         RCE',
      'reply   0.2500 (0.2000 to 0.3000)  12.35 (11.00 to 13.50)',
      'mean    0.2500 (0.2000 to 0.3000)  12.35 (11.00 to 13.50)',
      '',
      'RCE by followers of the author  rows  reply',
      'below 240                       900   12.35',
      '240 to 587                      100   -',
      'reply: left out for want of positives or negatives: followers 240 to 587',
    ]);
  });

  it('adds the true probabilities when they are known', () => {
    const oracle = { value: 20, low: 19, high: 21 };
    const text = formatEvaluationReport({
      ...report,
      targets: [{ ...report.targets[0]!, oracleAp: ap, oracleRce: oracle }],
      oracleMeanAp: ap,
      oracleMeanRce: oracle,
      shareOfOracle: { value: 0.617, low: 0.6, high: 0.65 },
    });
    expect(text).toContain('AP of the truth            RCE of the truth\n');
    expect(text).toContain('0.2500 (0.2000 to 0.3000)  20.00 (19.00 to 21.00)\n');
    expect(text).toContain('61.7 % of what the true probabilities reach (60.0 to 65.0)');
  });
});
