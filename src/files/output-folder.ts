import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { outputFailed, reasonOf } from './output-failure.js';

/**
 * Makes a folder for output files, with the folders above that are missing. Every folder is made by one system call:
 * Node's own recursive mkdir never returns, and ignores signals, where a file system answers ENOENT to mkdir (`/proc`).
 * @throws PairstreamError OUTPUT_FAILED that names the path that is in the way, and the system's reason
 */
export function makeFolder(path: string): void {
  if (path === '') throw outputFailed('""', 'an empty path, expected a folder');
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    const stats = statOf(path, at);
    if (stats?.isDirectory() === true) break;
    if (stats !== undefined)
      throw outputFailed(path, `${at} is there and is no folder, expected another path`);
    missing.push(at);
  }
  for (const folder of missing.reverse()) makeOne(path, folder);
}

/** @returns undefined if nothing is there */
function statOf(path: string, at: string): Stats | undefined {
  try {
    const stats = statSync(at, { throwIfNoEntry: false });
    if (stats !== undefined) return stats;
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
  } catch (error) {
    // A file stands above `at`; the walk up finds it.
    if (reasonOf(error) === 'ENOTDIR') return undefined;
    throw failure(path, at, error);
  }
  throw outputFailed(path, `${at} is a symbolic link to nothing, expected a folder`);
}

function makeOne(path: string, folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it since.
    if (reasonOf(error) === 'EEXIST' && statOf(path, folder)?.isDirectory() === true) return;
    throw failure(path, folder, error);
  }
}

function failure(path: string, at: string, error: unknown): Error {
  return outputFailed(
    path,
    `the folder ${at} cannot be made (${reasonOf(error)}), expected another path`,
    error,
  );
}
