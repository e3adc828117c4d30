import * as Plot from '@observablehq/plot';
import type { EvaluationReport } from '../evaluation/evaluation-report.js';
import type { Interval } from '../evaluation/interval.js';
import type { LadderCaseReport } from '../evaluation/ladder-report.js';
import { describeGroup } from '../evaluation/popularity-groups.js';
import { INK, plotSvg } from './plot-svg.js';

const WIDTH = 1_000;
const MARGIN = 24;
const HEADER_HEIGHT = 64;
const PANEL_HEIGHT = 300;
const TITLE_HEIGHT = 34;
const ROW_HEIGHT = 34;
/** Okabe and Ito's colours, which those who see few colours tell apart. */
const BLUE = '#0072b2';
const ORANGE = '#d55e00';
const GREY = '#6b6b6b';
/** Predictions below are all but never. */
const SMALLEST_SHOWN = 1e-4;

/** Headings of the charts. */
export interface ChartTitle {
  readonly pipeline: string;
  readonly releaseId: string;
}

/**
 * The report of an evaluation as one SVG: calibration by target, RCE and AP by popularity group beside the true
 * probabilities, each model alone, and the ladder. The same report gives the same bytes.
 */
export function drawEvaluation(report: EvaluationReport, title: ChartTitle): string {
  const oracleNote = report.oracleMeanRce === undefined ? '' : '; the marks are the true probabilities';
  const panels = [
    {
      title:
        'Calibration: observed rate by predicted rate; a hollow point at the edge has an observed rate below the axis',
      height: PANEL_HEIGHT,
      draw: drawCalibration,
    },
    {
      title: `RCE by followers of the author${oracleNote}`,
      height: PANEL_HEIGHT,
      draw: (shown: EvaluationReport) => drawGroups(shown, 'rce', 'RCE, %'),
    },
    {
      title: `AP by followers of the author${oracleNote}`,
      height: PANEL_HEIGHT,
      draw: (shown: EvaluationReport) => drawGroups(shown, 'ap', 'AP'),
    },
    ...(report.members === undefined
      ? []
      : [
          {
            title: 'Mean RCE of the ensemble and of each model alone, with 95 % intervals',
            height: rowsPanelHeight(report.members.length),
            draw: drawMembers,
          },
        ]),
    ...(report.ladder === undefined
      ? []
      : [
          {
            title: 'Mean RCE of each rung of the ladder, and with one model missing',
            height: rowsPanelHeight(shownCases(report).length),
            draw: drawLadder,
          },
        ]),
  ];
  let y = HEADER_HEIGHT;
  const parts = panels.map((panel) => {
    const chart = panel.draw(report);
    const part = placePanel(chart, panel.title, y);
    y += TITLE_HEIGHT + panel.height + MARGIN;
    return part;
  });
  const header = `${report.rowCount.toLocaleString('en')} rows later than the training; ${report.resampleCount} resamples; release ${title.releaseId}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${y}" fill="white"/>`,
    textAt(MARGIN, 30, 20, `Evaluation of ${title.pipeline}`, 'font-weight="600"'),
    textAt(MARGIN, 50, 13, header, `fill="${GREY}"`),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function rowsPanelHeight(rowCount: number): number {
  return 60 + ROW_HEIGHT * (rowCount + 1);
}

function placePanel(chart: string, title: string, y: number): string {
  return [
    textAt(MARGIN, y + 20, 15, title, 'font-weight="600"'),
    `<g transform="translate(${MARGIN}, ${y + TITLE_HEIGHT})">${chart}</g>`,
  ].join('\n');
}

function textAt(x: number, y: number, size: number, text: string, attributes: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" font-size="${size}" ${attributes}>${escaped}</text>`;
}

/** Draws one chart in the width of a panel. */
function draw(options: Plot.PlotOptions): string {
  return plotSvg({ width: WIDTH - 2 * MARGIN, ...options });
}

function drawCalibration({ targets }: EvaluationReport): string {
  const all = targets.flatMap(({ target, calibration }) =>
    calibration.bins.map(({ meanPrediction, observedRate }) => ({ target, meanPrediction, observedRate })),
  );
  const slopes = targets.map(({ target, calibration: { slope, hasConverged } }) => ({
    target,
    text: hasConverged
      ? `slope ${slope.value.toFixed(2)} (${slope.low.toFixed(2)} to ${slope.high.toFixed(2)})`
      : 'slope: did not converge',
  }));
  const values = all
    .flatMap(({ meanPrediction, observedRate }) => [meanPrediction, observedRate])
    .filter((value) => value > SMALLEST_SHOWN);
  const floor = Math.min(...values, 0.5) / 1.5;
  const domain: [number, number] = [floor, 1];
  // A logarithmic axis has no place for zero.
  const shown = all.map(({ target, meanPrediction, observedRate }) => ({
    target,
    meanPrediction: Math.max(meanPrediction, floor),
    observedRate: Math.max(observedRate, floor),
    isBelow: Math.min(observedRate, meanPrediction) < floor,
  }));
  const bins = shown.filter(({ isBelow }) => !isBelow);
  const below = shown.filter(({ isBelow }) => isBelow);
  return draw({
    height: PANEL_HEIGHT,
    marginLeft: 56,
    grid: true,
    fx: { domain: targets.map(({ target }) => target), label: null },
    x: { type: 'log', domain, label: 'predicted', tickFormat: '~g', ticks: [0.001, 0.01, 0.1] },
    y: { type: 'log', domain, label: 'observed', tickFormat: '~g', ticks: 4 },
    marks: [
      Plot.line([domain[0], 1], {
        x: (value: number) => value,
        y: (value: number) => value,
        stroke: GREY,
        strokeDasharray: '4 4',
      }),
      Plot.line(bins, { fx: 'target', x: 'meanPrediction', y: 'observedRate', stroke: BLUE }),
      Plot.dot(bins, { fx: 'target', x: 'meanPrediction', y: 'observedRate', fill: BLUE, r: 3 }),
      Plot.dot(below, {
        fx: 'target',
        x: 'meanPrediction',
        y: 'observedRate',
        fill: 'white',
        stroke: BLUE,
        r: 3,
      }),
      Plot.text(slopes, { fx: 'target', text: 'text', frameAnchor: 'top-left', dx: 6, dy: 6, fill: INK }),
      Plot.frame({ stroke: GREY }),
    ],
  });
}

function drawGroups({ targets }: EvaluationReport, score: 'rce' | 'ap', label: string): string {
  const bars = targets.flatMap(({ target, groups }) =>
    groups.map((group) => ({
      target,
      group: describeGroup(group.group),
      ...(score === 'rce' ? group.rceInterval : group.apInterval),
      value: group[score],
      oracle: (score === 'rce' ? group.oracleRce : group.oracleAp) ?? null,
    })),
  );
  const known = bars.filter(({ value }) => value !== null);
  const oracles = bars.filter(({ oracle }) => oracle !== null);
  return draw({
    height: PANEL_HEIGHT,
    marginLeft: 56,
    marginBottom: 62,
    fx: { domain: targets.map(({ target }) => target), label: null },
    x: { domain: [...new Set(bars.map(({ group }) => group))], label: null, tickRotate: -30 },
    y: { grid: true, label, zero: true },
    marks: [
      Plot.barY(known, { fx: 'target', x: 'group', y: 'value', fill: BLUE }),
      Plot.tickY(oracles, { fx: 'target', x: 'group', y: 'oracle', stroke: ORANGE, strokeWidth: 3 }),
      Plot.ruleX(known, { fx: 'target', x: 'group', y1: 'low', y2: 'high', stroke: INK, strokeWidth: 1.5 }),
      Plot.ruleY([0], { stroke: INK }),
    ],
  });
}

function drawMembers({ members = [], meanRce }: EvaluationReport): string {
  return drawRows(
    { name: 'ensemble', ...meanRce },
    members.map(({ name, meanRce: ofMember, ensembleMinus: { rce } }) => ({ name, ...ofMember, less: rce })),
  );
}

function drawLadder(report: EvaluationReport): string {
  return drawRows(
    { name: 'ensemble', ...report.meanRce },
    shownCases(report).map(({ name, rung, missing, meanRce: ofCase, ensembleMinus }) => ({
      name: missing.length === 0 ? `rung ${name}` : `${name}: ${rung}`,
      ...ofCase,
      less: ensembleMinus.rce,
    })),
  );
}

/**
 * Cases of a ladder that are drawn. Left out are the first rung (the ensemble itself), cases with two models missing (too many
 * rows), and base rates (the axis would hide the differences of the other cases).
 */
function shownCases({ ladder = [], meanRce }: EvaluationReport): readonly LadderCaseReport[] {
  return ladder
    .slice(1)
    .filter(({ missing, meanRce: { value } }) => missing.length <= 1 && value > meanRce.value / 2);
}

interface ScoredRow extends Interval {
  readonly name: string;
}

/** Draws the ensemble above other answers: a dot and an interval each, with the difference to the ensemble. */
function drawRows(whole: ScoredRow, others: readonly (ScoredRow & { readonly less: Interval })[]): string {
  const rows = [whole, ...others];
  const gains = others.map(({ name, high, less }) => ({
    name,
    high,
    text: `${less.value.toFixed(2)} below the ensemble (${less.low.toFixed(2)} to ${less.high.toFixed(2)})`,
  }));
  return draw({
    height: rowsPanelHeight(others.length),
    marginLeft: 190,
    marginRight: 260,
    x: { grid: true, label: 'mean RCE, %', nice: true },
    y: { domain: rows.map(({ name }) => name), label: null },
    marks: [
      Plot.ruleY(rows, { y: 'name', x1: 'low', x2: 'high', stroke: BLUE, strokeWidth: 3 }),
      Plot.dot(rows, { y: 'name', x: 'value', fill: BLUE, r: 5 }),
      Plot.text(gains, { y: 'name', x: 'high', text: 'text', textAnchor: 'start', dx: 10, fill: GREY }),
    ],
  });
}
