import { describe, expect, it } from 'vitest';
import { type EvaluationReport, formatEvaluationReport } from './evaluation-report.js';

const ap = { value: 0.25, low: 0.2, high: 0.3 };
const rce = { value: 12.345, low: 11, high: 13.5 };
const groups = [
  { group: 0, rowCount: 900, positiveCount: 90, ap: 0.25, rce: 12.345, apInterval: ap, rceInterval: rce },
  { group: 1, rowCount: 100, positiveCount: 0, ap: null, rce: null, apInterval: null, rceInterval: null },
];
const calibration = {
  hasConverged: true,
  unfittedResampleCount: 0,
  slope: { value: 0.98, low: 0.95, high: 1.01 },
  intercept: { value: -0.02, low: -0.05, high: 0.01 },
  bins: [],
};
const report: EvaluationReport = {
  rowCount: 1_000,
  resampleCount: 200,
  targets: [{ target: 'reply', ap, rce, groups, leftOutGroups: [1], calibration }],
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
      'reply: groups without positives or without negatives are left out: followers 240 to 587',
      '',
      'calibration  slope                   intercept',
      'reply        0.980 (0.950 to 1.010)  -0.020 (-0.050 to 0.010)',
    ]);
  });

  it('says that a calibration did not converge', () => {
    const none = { value: Number.NaN, low: Number.NaN, high: Number.NaN };
    const unfitted = {
      ...calibration,
      hasConverged: false,
      unfittedResampleCount: 7,
      slope: none,
      intercept: none,
    };
    const targets = [{ ...report.targets[0]!, calibration: unfitted }];
    expect(
      formatEvaluationReport({ ...report, targets })
        .split('\n')
        .slice(-2),
    ).toEqual(['reply        did not converge  -', 'reply: the calibration of 7 resamples did not converge']);
  });

  it('has the difference of the ensemble and each model alone', () => {
    const gain = { value: 0.5, low: 0.4, high: 0.6 };
    const ensembleMinus = { ap, rce: gain, targets: [{ ap, rce: gain }] };
    const text = formatEvaluationReport({
      ...report,
      members: [
        { name: 'nn1', meanAp: ap, meanRce: rce, targets: [{ target: 'reply', ap, rce }], ensembleMinus },
      ],
    });
    expect(text).toContain(
      'model alone  RCE                     RCE below ensemble   reply below ensemble\n',
    );
    expect(text).toContain('nn1          12.35 (11.00 to 13.50)  0.50 (0.40 to 0.60)  0.50 (0.40 to 0.60)');
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
    expect(text).toContain('oracle AP                  oracle RCE\n');
    expect(text).toContain('0.2500 (0.2000 to 0.3000)  20.00 (19.00 to 21.00)\n');
    expect(text).toContain('61.7 % of the oracle RCE (60.0 to 65.0)');
  });
});
