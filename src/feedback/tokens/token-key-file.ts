import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileProblem } from '../../errors/file-problem.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import { CMAC_KEY_BYTES } from './column-cmac.js';
import { parseTokenKeys, type TokenKeys } from './token-keys.js';

/** File of the state directory that holds the keys of tokens, in the form of parseTokenKeys. */
export const TOKEN_KEY_FILE = 'feedback-keys';

const OWNER_ONLY = 0o600;

/**
 * Reads the keys of a state directory. The first call makes the directory and one random key, readable by the owner alone
 * (mode 600). If two processes make the file at once, both use the file of the first.
 * @throws PairstreamError INVALID_CONFIG if the file cannot be read or written, or holds no keys;
 *   OUTPUT_FAILED if the directory cannot be made
 */
export function openTokenKeys(stateDirectory: string): TokenKeys {
  const path = join(stateDirectory, TOKEN_KEY_FILE);
  return parseTokenKeys((readKeys(path) ?? makeKeys(stateDirectory, path)).trim(), path);
}

/** Text of the file; undefined if there is no file. */
function readKeys(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw failed(path, fileProblem(error), error);
  }
}

function makeKeys(stateDirectory: string, path: string): string {
  const text = `1:${randomBytes(CMAC_KEY_BYTES).toString('hex')}\n`;
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
  try {
    makeFolder(stateDirectory);
    const file = openSync(partial, 'wx', OWNER_ONLY);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return publish(partial, path, text);
  } catch (error) {
    if (error instanceof PairstreamError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw failed(path, `cannot be written (${reason}), expected a folder that this user may write to`, error);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Gives the whole file its name, unless a file has the name already. @returns the text of the file with the name */
function publish(partial: string, path: string, text: string): string {
  try {
    linkSync(partial, path);
    return text;
  } catch (error) {
    const existing = readKeys(path);
    if (existing === undefined) throw error;
    return existing;
  }
}

function failed(path: string, problem: string, cause: unknown): PairstreamError {
  return new PairstreamError('INVALID_CONFIG', `${path}: ${problem}`, { field: path, cause });
}
