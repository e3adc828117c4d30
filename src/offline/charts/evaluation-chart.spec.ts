import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { evaluatePredictions } from '../evaluation/evaluate-predictions.js';
import type { EvaluationInput } from '../evaluation/evaluation-input.js';
import { drawEvaluation } from './evaluation-chart.js';

const FOLLOWERS = [10, 300, 700, 2_000, 5_000] as const;
const ROWS = 4_000;
const TITLE = { pipeline: 'a <b> & c', releaseId: '0123456789abcdef' };

function spread(i: number, step: number): number {
  return (i * step) % 1;
}

const truths = Float32Array.from({ length: ROWS * 4 }, (_, i) => 0.05 + 0.9 * spread(i, 0.618_033_988_7));
const input: EvaluationInput = {
  rowCount: ROWS,
  probabilities: truths.map((truth) => 0.5 + 0.8 * (truth - 0.5)),
  truths,
  members: [{ name: 'forest', probabilities: truths.map((truth) => 0.5 + 0.5 * (truth - 0.5)) }],
  labels: Uint8Array.from(truths, (truth, i) => (spread(i, 0.754_877_666_2) < truth ? 1 : 0)),
  authorFollowerCounts: Float64Array.from({ length: ROWS }, (_, i) => FOLLOWERS[i % 5]!),
  resampleCount: 5,
};
const report = evaluatePredictions(input);

/** Texts of an SVG, after a parser has been over it. */
function textsOf(svg: string): string[] {
  const { document } = parseHTML(svg);
  const nodes: Iterable<{ readonly textContent: string | null }> = document.querySelectorAll('text');
  return Array.from(nodes, ({ textContent }) => textContent ?? '');
}

/** How many elements of a kind there are. */
function countOf(svg: string, element: string): number {
  return svg.split(`<${element} `).length - 1;
}

describe('drawEvaluation', () => {
  const svg = drawEvaluation(report, TITLE);

  it('names targets, groups, models, slopes and what was scored', () => {
    const texts = textsOf(svg);
    for (const name of [
      'reply',
      'retweet',
      'quote',
      'like',
      'below 240',
      '3996 and more',
      'forest',
      'ensemble',
    ])
      expect(texts).toContain(name);
    expect(texts).toContain('Evaluation of a <b> & c');
    expect(texts.some((text) => text.startsWith('4,000 rows later than the training'))).toBe(true);
    const { slope } = report.targets[0]!.calibration;
    expect(texts.some((text) => text.startsWith(`slope ${slope.value.toFixed(2)}`))).toBe(true);
  });

  it('draws each rung but the whole and the base rates, and one model missing, not two', () => {
    const { meanRce, meanAp } = report;
    const answer = { meanRce, meanAp, ensembleMinus: { ap: meanAp, rce: meanRce } };
    const ladder = [
      { name: 'full', rung: 'full', missing: [], ...answer },
      { name: 'stage1_mean', rung: 'stage1_mean', missing: [], ...answer },
      { name: 'without a', rung: 'stage2', missing: ['a'], ...answer },
      {
        name: 'base_rates',
        rung: 'base_rates',
        missing: [],
        ...answer,
        meanRce: { value: 0, low: 0, high: 0 },
      },
      { name: 'without a, b', rung: 'stage2', missing: ['a', 'b'], ...answer },
    ];
    const drawn = drawEvaluation({ ...report, ladder }, TITLE);
    const texts = textsOf(drawn);
    expect(texts).toContain('rung stage1_mean');
    expect(texts).toContain('without a: stage2');
    expect(texts.filter((text) => /rung full|base_rates|without a, b/.test(text))).toEqual([]);
    expect(countOf(drawn, 'circle')).toBe(countOf(svg, 'circle') + 3);
  });

  it('draws a point per bin, a bar per group and target, and a mark where the truth is known', () => {
    const bins = report.targets.reduce((sum, { calibration }) => sum + calibration.bins.length, 0);
    expect(countOf(svg, 'circle')).toBe(bins + 2);
    expect(countOf(svg, 'rect')).toBeGreaterThanOrEqual(2 * 4 * 5);
    expect(svg).toContain('the marks are the true probabilities');
    const {
      oracleMeanRce: _rce,
      oracleMeanAp: _ap,
      shareOfOracle: _share,
      members: _members,
      ...plain
    } = report;
    const without = drawEvaluation(plain, TITLE);
    expect(without).not.toContain('the true probabilities');
    expect(textsOf(without)).not.toContain('forest');
  });

  it('draws bins in which nothing was observed as hollow points, and a slope that did not converge', () => {
    const targets = report.targets.map((target, t) => {
      const [first, ...others] = target.calibration.bins;
      const bins = [{ ...first!, observedRate: 0 }, ...others];
      return { ...target, calibration: { ...target.calibration, bins, hasConverged: t > 0 } };
    });
    const drawn = drawEvaluation({ ...report, targets }, TITLE);
    expect(countOf(drawn, 'circle')).toBe(countOf(svg, 'circle'));
    expect(drawn).not.toContain('NaN');
    expect(textsOf(drawn)).toContain('slope: did not converge');
  });

  it('draws an interval on each bar', () => {
    const bars = report.targets.flatMap(({ groups }) =>
      groups.filter(({ rceInterval }) => rceInterval !== null),
    );
    const withoutIntervals = report.targets.map((target) => ({
      ...target,
      groups: target.groups.map((group) => ({ ...group, apInterval: null, rceInterval: null })),
    }));
    const without = drawEvaluation({ ...report, targets: withoutIntervals }, TITLE);
    expect(countOf(svg, 'line') - countOf(without, 'line')).toBe(2 * bars.length);
  });

  it('is the same for the same report, and another for other scores', () => {
    expect(drawEvaluation(report, TITLE)).toBe(svg);
    const other = evaluatePredictions({ ...input, probabilities: truths });
    expect(drawEvaluation(other, TITLE)).not.toBe(svg);
  });
});
