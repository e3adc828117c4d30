import * as Plot from '@observablehq/plot';
import type { StepResult } from '../../loadtest/result/step-result.js';
import { INK, plotSvg } from './plot-svg.js';

const WIDTH = 900;
const HEIGHT = 380;
const GREY = '#6b6b6b';
/** Okabe and Ito's colours, which people with colour blindness tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];
/** Percentiles with a tick. */
const TICKS = [0, 50, 90, 99, 99.9, 99.99, 99.999];

/** Colour of the measurement with this number, from 0. */
export function colourOf(step: number): string {
  return COLOURS[step % COLOURS.length] ?? INK;
}

/**
 * Draws latency by percentile, a line per measurement. The distance of a percentile from the left is the logarithm of 1 / (1 - p), so
 * that each nine has the same width.
 * @returns an SVG element; undefined if no measurement has an answer
 */
export function drawLatencies(steps: readonly StepResult[]): string | undefined {
  const lines = steps.flatMap(({ latencyMs }, step) =>
    latencyMs === null
      ? []
      : [{ step, points: latencyMs.curve.map(({ percent, ms }) => ({ nines: ninesOf(percent), ms })) }],
  );
  // The last point, 100 %, has no finite place.
  const shown = lines.map(({ step, points }) => ({
    step,
    points: points.filter(({ nines }) => nines < Infinity),
  }));
  const most = Math.max(0, ...shown.flatMap(({ points }) => points.map(({ nines }) => nines)));
  if (most === 0) return undefined;
  const ticks = TICKS.map(ninesOf).filter((nines) => nines <= most);
  return plotSvg({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 64,
    marginBottom: 40,
    x: {
      type: 'log',
      domain: [1, most],
      label: 'percentile',
      ticks,
      tickFormat: (nines: number) => `${Number((100 * (1 - 1 / nines)).toFixed(3))} %`,
      grid: true,
    },
    y: { type: 'log', label: 'latency, ms', tickFormat: '~g', grid: true, nice: true },
    marks: [
      ...shown.map(({ step, points }) =>
        Plot.line(points, { x: 'nines', y: 'ms', stroke: colourOf(step), strokeWidth: 2 }),
      ),
      Plot.frame({ stroke: GREY }),
    ],
  });
}

/**
 * Draws goodput by offered rate of the open loops, beside a gateway that answers all in time.
 * @returns an SVG element; undefined for fewer than two open loops
 */
export function drawGoodput(steps: readonly StepResult[]): string | undefined {
  const points = steps.flatMap(({ loop, offered, goodput }, step) =>
    loop === 'open' ? [{ step, offered: offered.pairsPerS, goodput: goodput.pairsPerS }] : [],
  );
  if (points.length < 2) return undefined;
  const most = Math.max(...points.map(({ offered }) => offered));
  return plotSvg({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 64,
    marginBottom: 40,
    x: { domain: [0, most * 1.05], label: 'offered, pairs/s', grid: true },
    y: { domain: [0, most * 1.05], label: 'answered in time, pairs/s', grid: true },
    marks: [
      Plot.line([0, most], {
        x: (value: number) => value,
        y: (value: number) => value,
        stroke: GREY,
        strokeDasharray: '4 4',
      }),
      Plot.line(
        points.toSorted((a, b) => a.offered - b.offered),
        { x: 'offered', y: 'goodput', stroke: GREY },
      ),
      Plot.dot(points, {
        x: 'offered',
        y: 'goodput',
        fill: ({ step }: { step: number }) => colourOf(step),
        r: 5,
      }),
      Plot.frame({ stroke: GREY }),
    ],
  });
}

/** 1 / (1 - p): 1 for 0 %, 10 for 90 %, 100 for 99 %. */
function ninesOf(percent: number): number {
  return 100 / (100 - percent);
}
