import { execFile, type ExecFileOptions } from 'node:child_process';

const OUTPUT_BYTES = 64 * 1024 * 1024;

/** How a program ended; status -1 when it could not be started or was killed, with the reason in stderr. */
export interface FinishedProgram {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @param input what it reads from stdin */
export function runProgram(
  program: string,
  args: readonly string[],
  options: Pick<ExecFileOptions, 'cwd' | 'env' | 'timeout'> = {},
  input = '',
): Promise<FinishedProgram> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { ...options, encoding: 'utf8', maxBuffer: OUTPUT_BYTES },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ status, stdout, stderr: stderr + (status < 0 ? (error?.message ?? '') : '') });
      },
    );
    // A program that never reads, or is not there, closes the pipe early: its exit status tells, not this.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
