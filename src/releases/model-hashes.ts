import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { FileCheck } from '../backends/backend.js';

/** Name of the file in a model's version folder that records the SHA-256 of the other files, in the format of sha256sum. */
const HASH_FILE = 'SHA256SUMS';

/** Files of a version folder that the serving machine derives from other files; their hashes are not recorded. */
const DERIVED_FILES = new Set(['checkpoint.tl']);
const LINE = /^([0-9a-f]{64}) [ *](.+)$/;

/** Command that records the hashes of a model repository again. */
const REFRESH = '`pairstream models hash <repository>`';

/** Files that engines in this process hash as they read them. They are large, so they are read once. */
const ENGINE_FILES: ReadonlySet<string> = new Set(['xgboost.ubj', 'model.onnx']);

/** Hashes of the files of a model's version folder, recorded in its SHA256SUMS, and which of the files have been checked. */
export class ModelHashes {
  private readonly checked = new Set<string>();

  private constructor(
    private readonly versionFolder: string,
    /** Hex SHA-256 by file. Undefined without SHA256SUMS. */
    private readonly recorded: ReadonlyMap<string, string> | undefined,
  ) {}

  /** Reads SHA256SUMS. @throws PairstreamError INVALID_MODEL if it cannot be parsed */
  static async read(versionFolder: string): Promise<ModelHashes> {
    return new ModelHashes(versionFolder, await readRecord(versionFolder));
  }

  /** Compares a hash with the recorded one, if there is one. @throws PairstreamError INVALID_MODEL if they differ */
  readonly check: FileCheck = (file, found) => {
    this.checked.add(file);
    const expected = this.recorded?.get(file);
    if (expected === undefined || found === expected) return;
    const advice = `restore the file, or if the change is meant run ${REFRESH}`;
    throw invalid(
      join(this.versionFolder, file),
      `SHA-256 is ${found}, ${HASH_FILE} expects ${expected}: ${advice}`,
    );
  };

  /** Checks the files that no engine reads. @throws PairstreamError INVALID_MODEL for a file with another hash */
  async checkOtherFiles(): Promise<void> {
    await this.checkAll((file) => !ENGINE_FILES.has(file));
  }

  /**
   * Checks the files that have not been checked. A recorded file that is missing is ignored: the engine that needs the file reports it.
   * @returns a warning if SHA256SUMS is missing or does not list a model file; else undefined
   * @throws PairstreamError INVALID_MODEL for a file with another hash
   */
  async finish(): Promise<string | undefined> {
    const { versionFolder, recorded } = this;
    if (recorded === undefined)
      return `${versionFolder}: no ${HASH_FILE}, so damage to the model is not noticed; ${REFRESH} writes it`;
    await this.checkAll((file) => !this.checked.has(file));
    const uncovered = (await coveredFiles(versionFolder)).filter((file) => !recorded.has(file));
    if (uncovered.length === 0) return undefined;
    return `${versionFolder}: ${HASH_FILE} does not cover ${uncovered.join(', ')}; ${REFRESH} writes it anew`;
  }

  private async checkAll(isDue: (file: string) => boolean): Promise<void> {
    for (const file of [...(this.recorded?.keys() ?? [])].filter(isDue)) {
      const path = join(this.versionFolder, file);
      if (await exists(path)) this.check(file, await sha256Of(path));
    }
  }
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
