// Runs the tests: all of them, or the files whose paths contain an argument. Takes the options of `vitest run`.
// Up to RERUN_LIMIT files that fail run a second time, each alone, because many tests start processes and containers, and a machine
// that stalls for seconds fails one of them. Tests that pass only then are printed as FLAKY. A test that fails twice fails the run.
import { createVitest, parseCLI, type TestModule, type Vitest } from 'vitest/node';
import { failuresOf, summarizeTests } from './test-summary.js';

/** Most files that run a second time. If more fail, they have a common cause, which a second run would hide. */
const RERUN_LIMIT = 5;

process.env['VITEST'] = 'true';
process.env['NODE_ENV'] ??= 'test';

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await createVitest({ ...options, watch: false, reporters: ['default'] });
const first = await vitest.start(filter);
const rerun = filesToRerun(first);
const flakyLines: string[] = [];
const unhandledErrors = rerun.length > 0 ? [] : [...first.unhandledErrors];
for (const module of rerun) {
  const failures = firstFailuresOf(module);
  for (const failure of failures) console.log(`FAILED AT FIRST  ${failure}`);
  const second = await vitest.runTestSpecifications([module.toTestSpecification()]);
  unhandledErrors.push(...second.unhandledErrors);
  if (
    second.unhandledErrors.length === 0 &&
    !second.testModules.some((each) => isSame(each, module) && isFailed(each))
  )
    flakyLines.push(...failures.map((failure) => `FLAKY  passed alone, on a second run: ${failure}`));
}
const { lines, failedCount } = summarizeTests(vitest.state.getTestModules(), unhandledErrors);
for (const line of [...flakyLines, ...lines]) console.log(line);
process.exitCode = failedCount > 0 ? 1 : 0;
await vitest.exit();

/** Files to run once more: those that failed or did not end, if they are few and account for every error of the run. */
function filesToRerun({ testModules, unhandledErrors }: Awaited<ReturnType<Vitest['start']>>): TestModule[] {
  const testPaths = new Set(unhandledErrors.map(testPathOf));
  const failed = testModules.filter((module) => isFailed(module) || testPaths.has(module.moduleId));
  const failedPaths = new Set(failed.map(({ moduleId }) => moduleId));
  const isExplained = [...testPaths].every((path) => path !== undefined && failedPaths.has(path));
  return isExplained && failed.length <= RERUN_LIMIT ? failed : [];
}

function isFailed(module: TestModule): boolean {
  return module.state() !== 'passed' && module.state() !== 'skipped';
}

function isSame(one: TestModule, other: TestModule): boolean {
  return one.moduleId === other.moduleId;
}

/** The test file that an uncaught error came from, if vitest could tell. */
function testPathOf(error: unknown): string | undefined {
  const isMarked = typeof error === 'object' && error !== null && 'VITEST_TEST_PATH' in error;
  return isMarked ? String(error.VITEST_TEST_PATH) : undefined;
}

/** Failures of a file that did not pass, one line each; an error outside of its tests leaves none in the file. */
function firstFailuresOf(module: TestModule): string[] {
  const failures = failuresOf(module);
  return failures.length > 0 ? failures : [`${module.relativeModuleId}: an error outside of a test`];
}
