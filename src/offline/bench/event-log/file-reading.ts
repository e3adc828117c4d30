import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 2 ** 20;

/** Reads all bytes of a file once. @returns the time it took, milliseconds */
export function timeReadingMs(path: string): number {
  const startedMs = performance.now();
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  while (readSync(file, chunk) > 0);
  closeSync(file);
  return performance.now() - startedMs;
}
