import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeFile } from '../../files/whole-file.js';
import { damaged, reasonOf, unavailable } from './log-errors.js';

/** File beside data.mdb with the version of the log. */
const NAME = 'format';
const LINE = 'pairstream event log 1\n';
const OTHER_VERSION = /^pairstream event log \d+$/;

/**
 * True if a folder holds a log of this version. False if it holds none: the file of the version is missing, or its writing was
 * interrupted.
 * @throws PairstreamError EVENT_LOG_UNAVAILABLE for a log of another version, EVENT_LOG_DAMAGED for any other text
 */
export function hasLog(folder: string): boolean {
  const text = read(folder);
  if (text === LINE) return true;
  if (text === undefined || LINE.startsWith(text)) return false;
  const line = text.trim();
  if (OTHER_VERSION.test(line))
    throw unavailable(
      folder,
      `${NAME} is "${line}", expected "${LINE.trim()}": another version of Pairstream wrote the log; use that version, or another state directory`,
    );
  throw damaged(folder, `${NAME} is ${JSON.stringify(line.slice(0, 40))}, expected "${LINE.trim()}"`);
}

/** Notes the version of a new log. @throws PairstreamError OUTPUT_FAILED */
export function writeFormat(folder: string): void {
  writeWholeFile(join(folder, NAME), Buffer.from(LINE));
}

function read(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, NAME), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unavailable(folder, `${NAME} cannot be read (${reasonOf(error)})`, error);
  }
}
