import type { LoadReport } from '../../loadtest/result/load-report.js';
import { reportTexts } from '../../loadtest/result/report-texts.js';
import { alignedLines } from '../admin/aligned-lines.js';

/** The report as lines for a terminal. */
export function reportLines(report: LoadReport): string[] {
  const { headline, table, details, best } = reportTexts(report);
  const sections = report.steps.flatMap(({ name }, i) => [
    '',
    name,
    ...(details[i] ?? []).map((line) => `  ${line}`),
  ]);
  return [headline, '', ...alignedLines(table), ...sections, ...(best === undefined ? [] : ['', best])];
}
