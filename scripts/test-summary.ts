import type { TestModule, TestResult } from 'vitest/node';

const SLOWEST_COUNT = 12;

/** Outcome of a run of tests: the lines for its end, and the number of failures among them. */
export interface TestSummary {
  readonly lines: readonly string[];
  readonly failedCount: number;
}

/**
 * Lines for the end of a test run: the slowest files, every skipped test with its suite and reason, every failed test with the first
 * line of its error, and `N passed, N failed, N skipped`. A log cut to its last lines still names each failure.
 * Uncaught errors count once per message: a test that times out may leave many of one kind behind.
 */
export function summarizeTests(
  modules: readonly TestModule[],
  unhandledErrors: readonly unknown[],
): TestSummary {
  const failed = [
    ...[...new Set(unhandledErrors.map(messageOf))].map(
      (message) => `outside of a test: ${firstLine(message)}`,
    ),
    ...modules.flatMap(failuresOf),
  ];
  const skipped: string[] = [];
  let passedCount = 0;
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') passedCount += 1;
      else if (result.state === 'skipped')
        skipped.push(`${module.relativeModuleId} > ${test.fullName}${reasonOf(result)}`);
    }
  }
  return {
    lines: [
      ...slowest(modules),
      ...skipped.map((name) => `SKIPPED  ${name}`),
      ...failed.map((name) => `FAILED  ${name}`),
      `${passedCount} passed, ${failed.length} failed, ${skipped.length} skipped`,
    ],
    failedCount: failed.length,
  };
}

/** Failures of a file, one line each: its own errors, those of its suites' hooks, and its tests that did not pass. */
export function failuresOf(module: TestModule): string[] {
  const failures: string[] = [];
  for (const suite of [module, ...module.children.allSuites()]) {
    const [error] = suite.errors();
    const name = suite.type === 'suite' ? ` > ${suite.fullName}` : '';
    if (error !== undefined)
      failures.push(`${module.relativeModuleId}${name}: ${firstLine(messageOf(error))}`);
  }
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state === 'passed' || result.state === 'skipped') continue;
    failures.push(
      `${module.relativeModuleId} > ${test.fullName}: ${firstLine(messageOf(result.errors?.[0]))}`,
    );
  }
  return failures;
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

/** The reason that a test gave for skipping itself. */
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
