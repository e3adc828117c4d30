import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { outputFailed, reasonOf } from './output-failure.js';

/**
 * Creates a folder for output files, with missing parent folders. Creates each folder with one system call, because Node's
 * recursive mkdir never returns if a file system answers ENOENT to mkdir (`/proc`).
 * @throws PairstreamError OUTPUT_FAILED with the path that cannot be created, and the system's reason
 */
export function makeFolder(path: string): void {
  if (path === '') throw outputFailed('""', 'an empty path, expected a folder');
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    const stats = statOf(path, at);
    if (stats?.isDirectory() === true) break;
    if (stats !== undefined)
      throw outputFailed(path, `${at} exists and is not a folder, expected another path`);
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
    // A parent of `at` is a file; the caller finds it on the way up.
    if (reasonOf(error) === 'ENOTDIR') return undefined;
    throw failure(path, at, error);
  }
  throw outputFailed(path, `${at} is a symbolic link to nothing, expected a folder`);
}

function makeOne(path: string, folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have created it in the meantime.
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
