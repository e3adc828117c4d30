import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { packagePath } from '../../config/package-files.js';

const GIT_TIMEOUT_MS = 2_000;

let commit: Promise<string | null> | undefined;

/** Commit of the sources that this process was started from, asked once; null outside of a repository, or without git. */
export function sourceCommit(): Promise<string | null> {
  commit ??= readCommit();
  return commit;
}

async function readCommit(): Promise<string | null> {
  if (!existsSync(packagePath('.git'))) return null;
  try {
    const options = { cwd: packagePath('.'), timeout: GIT_TIMEOUT_MS };
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], options);
    return stdout.trim();
  } catch {
    return null;
  }
}
