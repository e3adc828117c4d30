import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PairstreamError } from '../errors/pairstream-error.js';
import { outputFailed, reasonOf } from './output-failure.js';

/** Ways to write an output path. */
export type OutputTarget =
  /** A regular or new file: bytes are written to `partial`, which is then renamed to `final`. */
  | { readonly kind: 'renamed'; readonly partial: string; readonly final: string }
  /** A device, FIFO, socket or open descriptor: bytes are written directly, because a rename would replace it by a file. */
  | { readonly kind: 'through'; readonly path: string }
  /** The standard output of this process. */
  | { readonly kind: 'stdout' };

/** Path of the standard output. */
export const STANDARD_OUTPUT = '/dev/stdout';

const STDOUT_PATH = /^(\/dev\/stdout|(\/dev|\/proc\/self)\/fd\/1)$/;
const DESCRIPTOR_PATH = /^(\/dev\/stderr|(\/dev|\/proc\/self)\/fd\/\d+)$/;
const MOST_LINKS = 40;

/**
 * Finds out how to write to an output path. Symbolic links are followed: their target is written.
 * @throws PairstreamError OUTPUT_FAILED if the path is empty, a folder, or cannot be accessed
 */
export function findOutput(path: string): OutputTarget {
  if (path === '') throw outputFailed('""', 'an empty path, expected a file');
  if (STDOUT_PATH.test(path)) return { kind: 'stdout' };
  if (DESCRIPTOR_PATH.test(path)) return { kind: 'through', path };
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) throw outputFailed(path, 'a folder, expected a file');
    if (stats !== undefined && !stats.isFile()) return { kind: 'through', path };
    const final = stats === undefined ? endOfLinks(path) : realpathSync(path);
    return { kind: 'renamed', partial: `${final}.partial`, final };
  } catch (error) {
    if (error instanceof PairstreamError) throw error;
    throw outputFailed(path, `cannot be written (${reasonOf(error)}), expected another path`, error);
  }
}

/** Target of a path after all symbolic links; the target file need not exist. */
function endOfLinks(path: string): string {
  let at = path;
  for (let i = 0; i < MOST_LINKS; i += 1) {
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return at;
    at = resolve(realpathSync(dirname(at)), readlinkSync(at));
  }
  throw outputFailed(path, 'a loop of symbolic links, expected a file');
}
