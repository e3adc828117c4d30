import type { Reporter, TestModule, TestResult } from 'vitest/node';

const SLOWEST_COUNT = 12;

/**
 * Ends a run with `N passed, N failed, N skipped`, and names before it the slowest files, every skipped test with its suite and
 * reason, and every failed one with the first line of its error: what a log cut to its end must still tell.
 * Uncaught errors count once per message: a test that times out may leave many of one kind behind.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    const failed = [...new Set(unhandledErrors.map(messageOf))].map(
      (message) => `outside of a test: ${firstLine(message)}`,
    );
    const skipped: string[] = [];
    for (const module of modules) {
      for (const suite of [module, ...module.children.allSuites()]) {
        const [error] = suite.errors();
        const name = suite.type === 'suite' ? ` > ${suite.fullName}` : '';
        if (error !== undefined)
          failed.push(`${module.relativeModuleId}${name}: ${firstLine(messageOf(error))}`);
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'skipped')
          skipped.push(`${module.relativeModuleId} > ${test.fullName}${reasonOf(result)}`);
        else
          failed.push(
            `${module.relativeModuleId} > ${test.fullName}: ${firstLine(messageOf(result.errors?.[0]))}`,
          );
      }
    }
    for (const line of slowest(modules)) console.log(line);
    for (const name of skipped) console.log(`SKIPPED  ${name}`);
    for (const name of failed) console.log(`FAILED  ${name}`);
    console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
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

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function messageOf(error: unknown): string {
  return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
    ? String(error.message)
    : String(error);
}
