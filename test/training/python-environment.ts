import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** A first run downloads the locked packages. */
export const INSTALL_MS = 900_000;

/** Ten times what the longest checks of the package take alone: limits hold on two cores that many others use. */
export const RUN_MS = 1_800_000;

/** Exit status of scripts/training-env.sh on a machine without a fitting Python. */
const NO_PYTHON = 3;
const OUTPUT_BYTES = 16 * 1024 * 1024;
/** Idle OpenMP threads sleep: by default they spin, and take the cores from the tests that run at the same time. */
const ENVIRONMENT = { ...process.env, OMP_WAIT_POLICY: 'passive' };

/** How a program ended; status -1 when it could not be started or was killed. */
interface Finished {
  readonly status: number;
  readonly output: string;
}

/** The environment of training/, or why there is none. */
export interface PythonEnvironment extends Finished {
  /** True where Python is missing and may be: tests are then skipped, by name. */
  readonly isOptionalAndMissing: boolean;
}

/** Makes training/.venv if it is not current. */
export async function preparePython(): Promise<PythonEnvironment> {
  const finished = await run(join(ROOT, 'scripts/training-env.sh'), []);
  const isRequired = process.env['PAIRSTREAM_REQUIRE_ALL'] === '1';
  return { ...finished, isOptionalAndMissing: finished.status === NO_PYTHON && !isRequired };
}

/** Names of the test files of the package. Two spec files run them, so that neither keeps a core busy when all others are done. */
export function pythonTests(): string[] {
  return readdirSync(join(ROOT, 'training/tests')).filter((name) => /^test_.*\.py$/.test(name));
}

/** Runs a module with the Python of training/.venv, in training/. */
export function runPython(args: readonly string[]): Promise<Finished> {
  return run(join(ROOT, 'training/.venv/bin/python'), ['-m', ...args]);
}

function run(program: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { cwd: join(ROOT, 'training'), env: ENVIRONMENT, maxBuffer: OUTPUT_BYTES },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        const reason = error === null || status > 0 ? '' : error.message;
        resolve({ status, output: `${stdout}${stderr}${reason}` });
      },
    );
  });
}
