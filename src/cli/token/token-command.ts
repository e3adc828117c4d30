import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { type Scope, SCOPES } from '../../security/caller.js';
import { withoutToken, withToken } from '../../security/callers-edit.js';
import { readCallersFile, type TokenEntry } from '../../security/callers-file.js';
import { createToken } from '../../security/token.js';
import { alignedLines } from '../admin/aligned-lines.js';

const MS_OF_UNIT: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };
const DEFAULT_LIFETIME_MS = 2_592_000_000;
const NEVER = 'never';

interface CreateOptions {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expires: number | typeof NEVER;
  readonly callers?: string;
  readonly json?: boolean;
}

interface FileOptions {
  readonly callers: string;
  readonly json?: boolean;
}

/** Adds `token`: makes, lists and revokes the tokens of a callers file. */
export function registerTokenCommand(program: Command): void {
  const token = program
    .command('token')
    .summary('make, list and revoke tokens of callers')
    .description(
      'Makes, lists and revokes the bearer tokens of a callers file (PAIRSTREAM_CALLERS_FILE). The file holds hashes, never tokens. A running gateway reads the file anew within seconds.',
    );
  token
    .command('create')
    .description(
      'Prints a new token, once, and its entry of the callers file. With --callers, adds the entry to the file.',
    )
    .requiredOption('--name <name>', 'name of the caller, for logs and metrics')
    .requiredOption('--scopes <list>', `permissions, separated by commas: ${SCOPES.join(', ')}`, parseScopes)
    .addOption(
      new Option('--expires <time>', 'lifetime: 12h, 30d, or never')
        .argParser(parseLifetime)
        .default(DEFAULT_LIFETIME_MS, '30d'),
    )
    .option('--callers <file>', 'callers file to add the entry to; created if it is missing')
    .option('--json', 'print token and entry as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  pairstream token create --name ranking --scopes predict,feedback --expires 30d --callers callers.yaml',
    )
    .action(create);
  token
    .command('list')
    .description('Lists the tokens of a callers file, without their hashes.')
    .requiredOption('--callers <file>', 'callers file')
    .option('--json', 'print JSON')
    .action(list);
  token
    .command('revoke')
    .description(
      'Removes a token from a callers file. Gateways that use the file refuse the token within seconds, and end its streams.',
    )
    .argument('<id>', 'id of the token')
    .requiredOption('--callers <file>', 'callers file')
    .action((id: string, { callers }: FileOptions) => {
      readCallersFile(callers, '--callers');
      replaceFile(callers, withoutToken(callers, id));
      console.log(`revoked ${id}`);
    });
}

function create({ name, scopes, expires, callers, json }: CreateOptions): void {
  const { id, token, sha256 } = createToken();
  const end = expires === NEVER ? {} : { expires: new Date(Date.now() + expires).toISOString() };
  const entry: TokenEntry = { id, name, sha256, scopes: [...scopes], ...end };
  if (callers !== undefined) {
    if (existsSync(callers)) readCallersFile(callers, '--callers');
    replaceFile(callers, withToken(callers, entry));
  }
  if (json === true) {
    console.log(JSON.stringify({ token, entry }));
    return;
  }
  console.log(token);
  if (callers === undefined)
    console.error(`entry of the callers file:\n${stringify({ tokens: [entry] }).trimEnd()}`);
  else console.error(`added to ${callers}; the token is not shown again`);
}

function list({ callers, json }: FileOptions): void {
  const { tokens } = readCallersFile(callers, '--callers');
  const nowMs = Date.now();
  const shown = tokens.map(({ id, name, scopes, expires }) => ({
    id,
    name,
    scopes,
    expires: expires ?? null,
    isExpired: expires !== undefined && Date.parse(expires) <= nowMs,
  }));
  if (json === true) {
    console.log(JSON.stringify({ tokens: shown }));
    return;
  }
  const rows = shown.map((each) => [
    each.id,
    each.name,
    each.scopes.join(','),
    each.expires ?? NEVER,
    each.isExpired ? 'expired' : 'valid',
  ]);
  for (const line of alignedLines([['id', 'name', 'scopes', 'expires', 'state'], ...rows])) console.log(line);
}

/** Replaces a file in one step, so that a gateway never reads a part of it. Only the owner may read a file that is new. */
function replaceFile(path: string, text: string): void {
  try {
    writeFileSync(`${path}.partial`, text, { mode: 0o600 });
    renameSync(`${path}.partial`, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unwritable';
    throw new PairstreamError('OUTPUT_FAILED', `--callers: ${path} cannot be written (${code})`, {
      field: '--callers',
      cause: error,
    });
  }
}

function parseScopes(value: string): Scope[] {
  const given = value.split(',').map((part) => part.trim());
  const known = SCOPES.filter((scope) => given.includes(scope));
  if (known.length === new Set(given).size) return known;
  throw new InvalidArgumentError(`expected scopes of ${SCOPES.join(', ')}, separated by commas.`);
}

/** @returns milliseconds */
function parseLifetime(value: string): number | typeof NEVER {
  if (value === NEVER) return NEVER;
  const [, count, unit = ''] = /^([1-9]\d{0,4})([hd])$/.exec(value) ?? [];
  if (count !== undefined) return Number(count) * (MS_OF_UNIT[unit] ?? 0);
  throw new InvalidArgumentError('expected hours or days such as 12h or 30d, or never.');
}
