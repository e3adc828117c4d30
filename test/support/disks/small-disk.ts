import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

const MIB = 1_024 * 1_024;

/** A disk in memory that a test can fill. */
export class SmallDisk {
  private readonly ballast: string;

  private constructor(
    /** Folder of the disk. */
    readonly path: string,
  ) {
    this.ballast = join(path, 'ballast');
  }

  /**
   * Mounts a disk until the end of the test. If this machine cannot mount one, the test is skipped by name, or fails with
   * PAIRSTREAM_REQUIRE_ALL=1.
   * @param mib size
   */
  static mount(context: TestContext, mib: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'pairstream-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'none', path], { stdio: 'pipe' });
    } catch (error) {
      rmSync(path, { recursive: true });
      if (process.env['PAIRSTREAM_REQUIRE_ALL'] === '1') throw error;
      context.skip(`this machine cannot mount a tmpfs: ${String(error)}`);
    }
    onTestFinished(() => {
      execFileSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true });
    });
    return new SmallDisk(path);
  }

  /** Fills the disk with a file, except some bytes. */
  fill(freeMib: number): void {
    this.clear();
    const { bavail, bsize } = statfsSync(this.path);
    writeFileSync(this.ballast, new Uint8Array(Math.max(0, bavail * bsize - freeMib * MIB)));
  }

  /** Removes the file of `fill`. */
  clear(): void {
    rmSync(this.ballast, { force: true });
  }
}
