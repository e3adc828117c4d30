import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PairstreamError } from '../errors/pairstream-error.js';
import { outputFailed, reasonOf } from './output-failure.js';

/** How the bytes for a path reach their place. */
export type OutputTarget =
  /** A regular file, or none yet: the bytes go to `partial`, which is renamed to `final`. */
  | { readonly kind: 'renamed'; readonly partial: string; readonly final: string }
  /** A device, a FIFO, a socket or an open descriptor: the bytes go into it, since a rename would replace it by a file. */
  | { readonly kind: 'through'; readonly path: string }
  /** The standard output of this process. */
  | { readonly kind: 'stdout' };

/** Path of the standard output, whatever it is connected to. */
export const STANDARD_OUTPUT = '/dev/stdout';

const STDOUT_PATH = /^(\/dev\/stdout|(\/dev|\/proc\/self)\/fd\/1)$/;
const DESCRIPTOR_PATH = /^(\/dev\/stderr|(\/dev|\/proc\/self)\/fd\/\d+)$/;
const MOST_LINKS = 40;

/**
 * Finds where an output path leads. Symbolic links stay, and the file they lead to is written.
 * @throws PairstreamError OUTPUT_FAILED if the path is empty or a folder, or the system refuses to look at it
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

/** The path that a file gets, where symbolic links may lead to a file that is still to be made. */
function endOfLinks(path: string): string {
  let at = path;
  for (let i = 0; i < MOST_LINKS; i += 1) {
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return at;
    at = resolve(realpathSync(dirname(at)), readlinkSync(at));
  }
  throw outputFailed(path, 'a loop of symbolic links, expected a file');
}
