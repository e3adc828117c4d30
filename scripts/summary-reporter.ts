import type { Reporter, TestModule } from 'vitest/node';
import { summarizeTests } from './test-summary.js';

/** Ends a run of `vitest` with the lines of `summarizeTests`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    for (const line of summarizeTests(modules, unhandledErrors).lines) console.log(line);
  }
}
