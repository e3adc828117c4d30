import type { LoadReport } from '../../loadtest/result/load-report.js';
import { reportTexts } from '../../loadtest/result/report-texts.js';
import { colourOf, drawGoodput, drawLatencies } from './load-charts.js';

const STYLE = `
body { font: 15px system-ui, sans-serif; color: #1a1a1a; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 4px 8px; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
svg { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
.mark { display: inline-block; width: 10px; height: 10px; margin-right: 6px; }
`;

/** A load test as one HTML page that needs no other file. */
export function drawLoadPage(report: LoadReport): string {
  const texts = reportTexts(report);
  const { steps } = report;
  const [head = [], ...rows] = texts.table;
  const charts = [
    ['Latency by percentile', drawLatencies(steps)],
    ['Goodput by offered rate', drawGoodput(steps)],
  ].flatMap(([title, chart]) => (chart === undefined ? [] : [`<h2>${title}</h2>\n${chart}`]));
  const sections = steps.map(({ name }, i) => {
    const items = (texts.details[i] ?? []).map((line) => `<li>${escaped(line)}</li>`);
    return `<h3>${mark(i)}${escaped(name)}</h3>\n<ul>${items.join('')}</ul>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test of ${escaped(report.target)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Load test of ${escaped(report.target)}</h1>
<p>${escaped(texts.headline)}; started ${escaped(report.startedAt)}</p>
<div class="wide"><table>
<tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr>
${rows.map((cells, i) => `<tr>${cells.map((cell, column) => `<td>${column === 0 ? mark(i) : ''}${escaped(cell)}</td>`).join('')}</tr>`).join('\n')}
</table></div>
${texts.best === undefined ? '' : `<p>${escaped(texts.best)}</p>`}
${charts.join('\n')}
<h2>Details</h2>
${sections.join('\n')}
</body>
</html>
`;
}

function mark(step: number): string {
  return `<span class="mark" style="background:${colourOf(step)}"></span>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
