import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../errors/pairstream-error.js';
import { type PartFileOptions, readPartFile } from '../pairs/part-file-reader.js';
import type { PartRow } from '../pairs/part-row.js';
import { STANDARD_INPUT } from '../pairs/text-lines.js';
import { unreadableEnding } from '../pairs/unreadable-format.js';
import { meaningOf } from './part-name.js';

/** `part-2` before `part-10`, in every locale. */
const NAME_ORDER = new Intl.Collator('en', { numeric: true });

/**
 * The part files that command-line paths stand for. A folder stands for its parts by ascending number, whether Hadoop,
 * Spark, Hive or `generate` wrote them; `-` stands for the standard input. Every other name in a folder is refused, so
 * that no row is left out in silence.
 * @throws PairstreamError INVALID_DATA_FILE if a path is missing or given twice, if a folder holds no part, a name that
 *   is no part, or two copies of one part, or if the name says that the file cannot be read
 */
export function listPartFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    if (path === '-') return [STANDARD_INPUT];
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw invalid(path, 'no such file or folder');
    if (stats.isDirectory()) return listFolder(path);
    const unreadable = unreadableEnding(path);
    if (unreadable !== undefined) throw invalid(path, unreadable);
    return [path];
  });
  refuseTwice(files);
  return files;
}

/** Rows of several part files, one after another, in batches. */
export async function* readPartFiles(
  paths: readonly string[],
  options?: PartFileOptions,
): AsyncGenerator<PartRow[]> {
  for (const path of paths) yield* readPartFile(path, options);
}

function listFolder(folder: string): string[] {
  const nameByStem = new Map<string, string>();
  for (const name of readNames(folder)) {
    const meaning = meaningOf(name);
    if (meaning.kind === 'skipped') continue;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true)
      throw invalid(
        path,
        'a folder in a folder of part files, expected files only: give it to --in by its own path',
      );
    if (meaning.kind === 'refused') throw invalid(path, meaning.problem);
    if (stats === undefined) throw invalid(path, 'a symbolic link to nothing, expected a part file');
    const other = nameByStem.get(meaning.stem);
    if (other !== undefined)
      throw invalid(
        path,
        `the same part as ${other} beside it: remove one of them, or give the part files one by one`,
      );
    nameByStem.set(meaning.stem, name);
  }
  if (nameByStem.size === 0)
    throw invalid(
      folder,
      'a folder without a part file, expected part-* (no ending, .csv, .tsv or .txt, .gz or not)',
    );
  return [...nameByStem.values()].map((name) => join(folder, name));
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort(NAME_ORDER.compare);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw invalid(folder, `the folder cannot be read (${reason})`);
  }
}

function refuseTwice(files: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of files) {
    const real = path === STANDARD_INPUT ? path : realpathSync(path);
    if (seen.has(real)) throw invalid(path, 'given twice, expected every part file once');
    seen.add(real);
  }
}

function invalid(path: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path });
}
