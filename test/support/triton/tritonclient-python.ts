import { join } from 'node:path';
import { type FinishedProgram, runProgram } from '../processes/run-program.js';
import { ROOT } from '../gateway/test-gateway.js';

/** Exit status of scripts/python-environment.sh on a machine without a fitting Python. */
const NO_PYTHON = 3;
const ENVIRONMENT = join(ROOT, '.work/tritonclient');

/** A Python that has NVIDIA's client, or why there is none. */
export interface TritonclientPython {
  /** True where Python is missing and may be: tests are then skipped, by name. */
  readonly isOptionalAndMissing: boolean;
  /** Why it is missing; empty where it is not. */
  readonly reason: string;
  /** Runs a program of test/triton to its end. */
  readonly run: (program: string, args: readonly string[]) => Promise<FinishedProgram>;
}

/** Makes .work/tritonclient if it is not current. @throws Error when its packages could not be installed */
export async function prepareTritonclient(): Promise<TritonclientPython> {
  const script = join(ROOT, 'scripts/python-environment.sh');
  const made = await runProgram(script, [join(ROOT, 'test/triton/requirements.lock'), ENVIRONMENT]);
  const isMissing = made.status === NO_PYTHON;
  if (made.status !== 0 && !isMissing) throw new Error(made.stderr);
  return {
    isOptionalAndMissing: isMissing && process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1',
    reason: isMissing ? made.stderr : '',
    run: (program, args) =>
      runProgram(join(ENVIRONMENT, 'bin/python'), [join(ROOT, 'test/triton', program), ...args]),
  };
}
