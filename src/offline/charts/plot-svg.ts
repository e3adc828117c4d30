import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { z } from 'zod';

/** Colour of text in charts. */
export const INK = '#1a1a1a';

const drawnSchema = z.object({ outerHTML: z.string().startsWith('<svg') });

/** Draws one chart as an SVG element. The same options give the same bytes. */
export function plotSvg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const chart: unknown = Plot.plot({ document, style: { color: INK, fontSize: '12px' }, ...options });
  // What is drawn is an element of that document, whose types this program does not know.
  return drawnSchema.parse(chart).outerHTML;
}
