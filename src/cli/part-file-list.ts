import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../errors/pairstream-error.js';
import { readPartFile } from '../pairs/part-file-reader.js';
import type { PartRow } from '../pairs/part-row.js';

const PART_FILE = /^part-.*\.tsv(\.gz)?$/;

/**
 * The part files that command-line paths stand for, in name order: a folder stands for its `part-*.tsv[.gz]`.
 * @throws PairstreamError INVALID_DATA_FILE when a path is missing or a folder holds none
 */
export function listPartFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw invalid(path, 'no such file or folder');
    if (!stats.isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => PART_FILE.test(name));
    if (names.length === 0) throw invalid(path, 'a folder without part-*.tsv or part-*.tsv.gz');
    return names.sort().map((name) => join(path, name));
  });
}

/** Rows of several part files, one after another, in batches. */
export async function* readPartFiles(paths: readonly string[]): AsyncGenerator<PartRow[]> {
  for (const path of paths) yield* readPartFile(path);
}

function invalid(path: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path });
}
