import type { Reporter, TestModule, TestResult } from 'vitest/node';

const SLOWEST_COUNT = 12;

/**
 * Ends a run with `N passed, N failed, N skipped`, and names the slowest files, and every skipped test with its suite and the
 * reason.
 * Uncaught errors count once per message: a test that times out may leave many of one kind behind.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = new Set(unhandledErrors.map(messageOf)).size;
    const skipped: string[] = [];
    for (const module of modules) {
      const suites = [module, ...module.children.allSuites()];
      failed += suites.filter((suite) => suite.errors().length > 0).length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed') failed += 1;
        else skipped.push(`${module.relativeModuleId} > ${test.fullName}${reasonOf(result)}`);
      }
    }
    for (const line of slowest(modules)) console.log(line);
    for (const name of skipped) console.log(`SKIPPED  ${name}`);
    console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  }
}

/** The files that took longest, one line each. */
function slowest(modules: readonly TestModule[]): string[] {
  return modules
    .map((module) => {
      const { duration, setupDuration } = module.diagnostic();
      return { id: module.relativeModuleId, seconds: (duration + setupDuration) / 1_000 };
    })
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST_COUNT)
    .map(({ id, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${id}`);
}

/** What a test said when it skipped itself. */
function reasonOf(result: TestResult): string {
  const reason = result.state === 'skipped' ? result.note?.trim() : undefined;
  return reason ? ` (${reason})` : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
    ? String(error.message)
    : String(error);
}
