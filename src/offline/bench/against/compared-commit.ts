import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../../files/output-folder.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { runInTree } from './tree-command.js';

const LOCK = 'package-lock.json';
/** Written by npm; make takes its time for the time of the installation. */
const INSTALLED = 'node_modules/.package-lock.json';
const TOOLCHAIN = '.toolchain';

/** Another commit of the repository, built in a temporary worktree. */
export class ComparedCommit implements AsyncDisposable {
  private constructor(
    private readonly root: string,
    /** Root of its worktree. */
    readonly path: string,
    /** Abbreviated hash. */
    readonly hash: string,
  ) {}

  /**
   * Checks a commit out under `.work/` of the repository and builds it. Dependencies are hard links to those of the
   * repository if both have the same lock file, otherwise `npm ci` installs them.
   * @param root of the repository
   * @param ref a branch, tag or hash
   * @throws PairstreamError INVALID_CONFIG if there is no such commit, BENCHMARK_FAILED if it cannot be built, CANCELLED
   */
  static async checkOut(root: string, ref: string, signal: AbortSignal): Promise<ComparedCommit> {
    const hash = await hashOf(root, ref, signal);
    const parent = join(root, '.work');
    makeFolder(parent);
    const commit = new ComparedCommit(root, mkdtempSync(join(parent, 'against-')), hash);
    try {
      await runInTree(root, 'git', ['worktree', 'add', '--quiet', '--detach', commit.path, hash], signal);
      await linkDependencies(root, commit.path, signal);
      await build(commit.path, signal);
    } catch (error) {
      await commit[Symbol.asyncDispose]();
      throw error;
    }
    return commit;
  }

  /** Removes the worktree. */
  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.path, { recursive: true, force: true });
    // Not bound to the caller's signal: an interrupted run is cleaned up, too.
    await runInTree(this.root, 'git', ['worktree', 'prune'], new AbortController().signal);
  }
}

/** Builds a tree if its build is older than its sources. @throws PairstreamError BENCHMARK_FAILED, CANCELLED */
export async function build(path: string, signal: AbortSignal): Promise<void> {
  await runInTree(path, 'make', ['--silent', 'build'], signal);
}

async function hashOf(root: string, ref: string, signal: AbortSignal): Promise<string> {
  const args = ['rev-parse', '--verify', '--short', '--end-of-options', `${ref}^{commit}`];
  try {
    return (await runInTree(root, 'git', args, signal)).stdout.trim();
  } catch (error) {
    if (error instanceof PairstreamError && error.code === 'CANCELLED') throw error;
    const problem = `--against is "${ref}", expected a commit, branch or tag of the git repository in ${root}`;
    throw new PairstreamError('INVALID_CONFIG', problem, { field: '--against', cause: error });
  }
}

/** Leaves the rest to `make build`, which installs what is missing. */
async function linkDependencies(root: string, path: string, signal: AbortSignal): Promise<void> {
  if (existsSync(join(root, TOOLCHAIN))) symlinkSync(join(root, TOOLCHAIN), join(path, TOOLCHAIN));
  const isSameLock = readFileSync(join(root, LOCK)).equals(readFileSync(join(path, LOCK)));
  if (!isSameLock || !existsSync(join(root, INSTALLED))) return;
  await runInTree(path, 'cp', ['-al', join(root, 'node_modules'), 'node_modules'], signal);
  // A file of its own, as new as the checkout: make installs again if the lock is newer.
  rmSync(join(path, INSTALLED));
  copyFileSync(join(root, INSTALLED), join(path, INSTALLED));
}
