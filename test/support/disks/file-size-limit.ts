import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';

/** Limit of the size of files that another process writes. A write beyond the limit fails with EFBIG. */
export class FileSizeLimit {
  /** Skips the test by name if this machine has no prlimit; with PAIRSTREAM_REQUIRE_ALL=1 it fails. */
  constructor(
    context: TestContext,
    private readonly pid: number,
  ) {
    try {
      execFileSync('prlimit', ['--version'], { stdio: 'pipe' });
    } catch (error) {
      if (process.env['PAIRSTREAM_REQUIRE_ALL'] === '1') throw error;
      context.skip(`this machine has no prlimit: ${String(error)}`);
    }
  }

  set(bytes: number): void {
    this.apply(String(bytes));
  }

  remove(): void {
    this.apply('unlimited');
  }

  private apply(soft: string): void {
    execFileSync('prlimit', ['--pid', String(this.pid), `--fsize=${soft}:unlimited`]);
  }
}
