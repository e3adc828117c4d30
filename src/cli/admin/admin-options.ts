import { type Command, InvalidArgumentError } from 'commander';
import {
  addClientSecurityOptions,
  type ClientSecurityOptions,
  clientSecurityOf,
} from '../client-security.js';
import { parseCount } from '../option-values.js';
import { AdminClient, parseAdminUrl } from './admin-client.js';
import { alignedLines } from './aligned-lines.js';

const DEFAULT_URL = 'http://127.0.0.1:8080';
const DEFAULT_TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 3_600_000;

/** Options of every admin command. */
export interface AdminOptions extends ClientSecurityOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly json?: boolean;
}

/** Adds the options that every admin command has. */
export function addAdminOptions(command: Command): Command {
  return addClientSecurityOptions(command)
    .option('--url <url>', 'admin address of the gateway', DEFAULT_URL)
    .option('--timeout-ms <n>', 'deadline of the request, milliseconds', parseTimeout, DEFAULT_TIMEOUT_MS)
    .option('--json', 'print the answer as JSON');
}

/** A client of the gateway that the options name. @throws PairstreamError INVALID_CONFIG for a wrong URL */
export function clientOf(options: AdminOptions): AdminClient {
  const { url, timeoutMs } = options;
  return new AdminClient({ url: parseAdminUrl(url), timeoutMs, ...clientSecurityOf(options) });
}

/**
 * Prints an answer: as JSON with --json, else as a table.
 * @param rowsOf cells of the table, the head first
 * @param noteOf line below the table
 */
export function printAnswer<T>(
  { json }: AdminOptions,
  answer: T,
  rowsOf: (answer: T) => string[][],
  noteOf?: (answer: T) => string,
): void {
  if (json === true) {
    console.log(JSON.stringify(answer));
    return;
  }
  for (const line of alignedLines(rowsOf(answer))) console.log(line);
  if (noteOf !== undefined) console.log(noteOf(answer));
}

function parseTimeout(text: string): number {
  const timeoutMs = parseCount(text);
  if (timeoutMs >= 1 && timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs;
  throw new InvalidArgumentError(`expected 1 to ${LONGEST_TIMEOUT_MS}.`);
}
