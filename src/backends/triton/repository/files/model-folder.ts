import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../../../../errors/pairstream-error.js';

/** Name of a model's configuration in its folder. */
export const CONFIG_FILE = 'config.pbtxt';

const VERSION = /^(0|[1-9]\d*)$/;
/** Triton takes the leading number of a folder's name as a version, and skips names with leading zeros. */
const LEADING_NUMBER = /^\s*([+-]?\d+)/;
const LEADING_ZERO = /^0./;
/** Folders beside the versions that mean something to a server. */
const KNOWN_FOLDERS = ['warmup', 'initial_state', 'configs'];

/** Content of a model's folder. */
export interface ModelFolder {
  readonly name: string;
  readonly path: string;
  /** Text of config.pbtxt; undefined when there is none. */
  readonly configText: string | undefined;
  /** Names of version folders, ascending by number. */
  readonly versions: readonly string[];
  /** Names of folders that Triton skips. */
  readonly otherFolders: readonly string[];
  /** Folders that Triton lists as a version, but does not find at load: `2a` is listed as version 2. */
  readonly misnamedVersions: readonly { readonly folder: string; readonly version: number }[];
}

/**
 * Reads the folders of a model repository, in order of their names. Ignores names that begin with a dot.
 * @throws PairstreamError INVALID_MODEL for a path that is no folder of model folders
 */
export function readModelFolders(repository: string): ModelFolder[] {
  const names = foldersIn(repository);
  if (readText(join(repository, CONFIG_FILE)) !== undefined)
    throw unreadable(repository, 'a model folder itself, expected the folder it lies in');
  if (names.length === 0)
    throw unreadable(
      repository,
      `no model folders in it, expected <model>/${CONFIG_FILE} and <model>/<version>/`,
    );
  return names.map((name) => readModelFolder(join(repository, name), name));
}

function readModelFolder(path: string, name: string): ModelFolder {
  const folders = foldersIn(path).filter((folder) => !KNOWN_FOLDERS.includes(folder));
  const versions = folders.filter((folder) => VERSION.test(folder));
  const rest = folders.filter((folder) => !VERSION.test(folder));
  const misnamedVersions = rest.flatMap((folder) => {
    const version = leadingNumber(folder);
    return version === undefined || versions.includes(String(version)) ? [] : { folder, version };
  });
  const misnamed = misnamedVersions.map(({ folder }) => folder);
  return {
    name,
    path,
    configText: readText(join(path, CONFIG_FILE)),
    versions: versions.toSorted((a, b) => Number(a) - Number(b)),
    otherFolders: rest.filter((folder) => !misnamed.includes(folder)),
    misnamedVersions,
  };
}

function leadingNumber(folder: string): number | undefined {
  const digits = LEADING_ZERO.test(folder) ? undefined : LEADING_NUMBER.exec(folder)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** True if a file or folder exists at the path. */
export function pathExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * The reason why a file cannot be the raw data of a tensor: absent or too short; undefined if it can.
 * @param bytes expected length; undefined if it is not known
 */
export function rawDataProblem(path: string, bytes: number | undefined): string | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return 'missing, expected the data of the tensor';
  return bytes === undefined || size >= bytes ? undefined : `${size} bytes, expected ${bytes}`;
}

/** The text of a file, undefined when there is none. @throws PairstreamError INVALID_MODEL when it cannot be read */
export function readText(path: string): string | undefined {
  if (!pathExists(path)) return undefined;
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
