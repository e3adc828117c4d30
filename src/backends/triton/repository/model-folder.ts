import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Name of a model's configuration in its folder. */
export const CONFIG_FILE = 'config.pbtxt';

const VERSION = /^[1-9]\d*$/;
/** Folders beside the versions that mean something to a server. */
const KNOWN_FOLDERS = ['warmup', 'configs'];

/** What lies in the folder of a model. */
export interface ModelFolder {
  readonly name: string;
  readonly path: string;
  /** Text of config.pbtxt; undefined when there is none. */
  readonly configText: string | undefined;
  /** Names of version folders, ascending by number. */
  readonly versions: readonly string[];
  /** Names of folders that mean nothing. */
  readonly otherFolders: readonly string[];
}

/**
 * Reads the folders of a model repository, in order of their names; those that begin with a dot are passed over.
 * @throws PairstreamError INVALID_MODEL for a path that is no folder of model folders
 */
export function readModelFolders(repository: string): ModelFolder[] {
  const names = foldersIn(repository);
  if (names.length > 0 && readText(join(repository, CONFIG_FILE)) === undefined)
    return names.map((name) => readModelFolder(join(repository, name), name));
  const problem =
    names.length > 0
      ? `a model folder itself, expected the folder it lies in`
      : `no model folders in it, expected <model>/${CONFIG_FILE} and <model>/<version>/`;
  throw unreadable(repository, problem);
}

function readModelFolder(path: string, name: string): ModelFolder {
  const folders = foldersIn(path);
  return {
    name,
    path,
    configText: readText(join(path, CONFIG_FILE)),
    versions: folders.filter((folder) => VERSION.test(folder)).toSorted((a, b) => Number(a) - Number(b)),
    otherFolders: folders.filter((folder) => !VERSION.test(folder) && !KNOWN_FOLDERS.includes(folder)),
  };
}

/** Whether there is a file (or a folder) of that path. */
export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The text of a file, undefined when there is none. @throws PairstreamError INVALID_MODEL when it cannot be read */
export function readText(path: string): string | undefined {
  if (!isThere(path)) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, 'cannot be read', error);
  }
}

function foldersIn(path: string): string[] {
  let entries;
  try {
    entries = readdirSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') throw unreadable(path, 'no such folder', error);
    if (code === 'ENOTDIR') throw unreadable(path, 'a file, expected a folder of models', error);
    throw unreadable(path, 'cannot be read', error);
  }
  return entries
    .filter((name) => !name.startsWith('.'))
    .filter((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isDirectory() === true)
    .toSorted();
}

function unreadable(path: string, problem: string, cause?: unknown): PairstreamError {
  return new PairstreamError('INVALID_MODEL', `${path}: ${problem}`, { field: path, cause });
}
