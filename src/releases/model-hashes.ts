import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Name of the file in a model's version folder that records the SHA-256 of the other files, in the format of sha256sum. */
const HASH_FILE = 'SHA256SUMS';

/** Files of a version folder that the serving machine derives from other files; their hashes are not recorded. */
const DERIVED_FILES = new Set(['checkpoint.tl']);
const LINE = /^([0-9a-f]{64}) [ *](.+)$/;

/** Command that records the hashes of a model repository again. */
const REFRESH = '`pairstream models hash <repository>`';

/**
 * Compares the files of a model's version folder with the hashes recorded in its SHA256SUMS. A recorded file that is missing
 * is ignored: the engine that needs the file reports it.
 * @returns a warning if SHA256SUMS is missing or does not list a model file; else undefined
 * @throws PairstreamError INVALID_MODEL for a file with another hash, and for a SHA256SUMS that cannot be parsed
 */
export async function checkModelHashes(versionFolder: string): Promise<string | undefined> {
  const recorded = await readRecord(versionFolder);
  if (recorded === undefined)
    return `${versionFolder}: no ${HASH_FILE}, so damage to the model is not noticed; ${REFRESH} writes it`;
  for (const [file, expected] of recorded) {
    const path = join(versionFolder, file);
    if (!(await exists(path))) continue;
    const found = await sha256Of(path);
    if (found === expected) continue;
    const advice = `restore the file, or if the change is meant run ${REFRESH}`;
    throw invalid(path, `SHA-256 is ${found}, ${HASH_FILE} expects ${expected}: ${advice}`);
  }
  const uncovered = (await coveredFiles(versionFolder)).filter((file) => !recorded.has(file));
  if (uncovered.length === 0) return undefined;
  return `${versionFolder}: ${HASH_FILE} does not cover ${uncovered.join(', ')}; ${REFRESH} writes it anew`;
}

/**
 * Records the SHA-256 of every file of a model's version folder, subfolders included, in its SHA256SUMS.
 * @returns number of files
 */
export async function recordModelHashes(versionFolder: string): Promise<number> {
  const files = await coveredFiles(versionFolder);
  const lines: string[] = [];
  for (const file of files) lines.push(`${await sha256Of(join(versionFolder, file))}  ${file}\n`);
  await writeFile(join(versionFolder, HASH_FILE), lines.join(''));
  return files.length;
}

/** Paths relative to the folder, sorted. Hidden and derived files are left out. */
async function coveredFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => file !== HASH_FILE && !DERIVED_FILES.has(file) && !/(^|\/)\./.test(file))
    .toSorted();
}

async function readRecord(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  const path = join(folder, HASH_FILE);
  if (!(await exists(path))) return undefined;
  const lines = (await readFile(path, 'utf8')).split(/\r?\n/).filter((line) => line !== '');
  const parsed = lines.map((line, i): [string, string] => {
    const [, hash, file] = LINE.exec(line) ?? [];
    if (hash === undefined || file === undefined)
      throw invalid(
        path,
        `line ${i + 1} is ${JSON.stringify(line)}, expected 64 hexadecimal digits and a file`,
      );
    return [file, hash];
  });
  return new Map(parsed);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function invalid(path: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_MODEL', `${path}: ${problem}`, { field: path });
}
