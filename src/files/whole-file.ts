import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { outputFailed, reasonOf } from './output-failure.js';
import { findOutput } from './output-file.js';

/**
 * Writes a complete file in the same way as PartialFile: under a partial name first, and directly to devices and FIFOs.
 * Blocks until the bytes are on disk.
 * @param parts bytes, or text as UTF-8, written in order
 * @throws PairstreamError OUTPUT_FAILED
 */
export function writeWholeFile(path: string, ...parts: readonly (string | Uint8Array)[]): void {
  const target = findOutput(path);
  const buffers = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  try {
    if (target.kind === 'stdout') buffers.forEach((bytes) => process.stdout.write(bytes));
    else if (target.kind === 'through') writeAndClose(openSync(target.path, 'a'), buffers, false);
    else writeAndRename(target, buffers);
  } catch (error) {
    const problem = `cannot be written (${reasonOf(error)}), expected an existing folder with free space`;
    throw outputFailed(path, problem, error);
  }
}

function writeAndRename(
  { partial, final }: { readonly partial: string; readonly final: string },
  parts: readonly Uint8Array[],
): void {
  const file = openSync(partial, 'w');
  try {
    writeAndClose(file, parts, true);
    renameSync(partial, final);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function writeAndClose(file: number, parts: readonly Uint8Array[], syncs: boolean): void {
  try {
    for (const part of parts) for (let at = 0; at < part.length;) at += writeSync(file, part, at);
    if (syncs) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
