import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../config/settings.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { schemaProblems } from '../errors/schema-problems.js';
import { SCOPES } from './caller.js';

/** Largest number of tokens, and of certificates, of a file. */
export const MAX_CALLERS = 10_000;
const NAME = /^[\w.:/@-]{1,64}$/;

const nameSchema = z.string().regex(NAME, 'expected 1 to 64 letters, digits or one of . : / @ - _');
const scopesSchema = z.array(z.enum(SCOPES, `expected scopes of ${SCOPES.join(', ')}`)).min(1);

const tokenSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits'),
  name: nameSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  scopes: scopesSchema,
  expires: z.iso.datetime('expected a time such as 2027-01-31T00:00:00Z').optional(),
});

const certificateSchema = z.strictObject({
  /** A name of the certificate: `URI:spiffe://...`, `DNS:...` or `CN=...`. */
  subject: z.string().regex(/^(URI:|DNS:|CN=)\S+$/, 'expected URI:name, DNS:name or CN=name'),
  name: nameSchema,
  scopes: scopesSchema,
});

const fileSchema = z.strictObject({
  tokens: z.array(tokenSchema).max(MAX_CALLERS).default([]),
  certificates: z.array(certificateSchema).max(MAX_CALLERS).default([]),
});

/** Entries of a callers file. */
export type CallersFile = z.output<typeof fileSchema>;

/** Entry of a token. */
export type TokenEntry = z.output<typeof tokenSchema>;

/**
 * Reads a callers file. @throws PairstreamError INVALID_CONFIG for a file that cannot be read, or entries that are wrong or there twice
 * @param field setting or option that names the file
 */
export function readCallersFile(path: string, field: string = SETTINGS.callersFile.variable): CallersFile {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'no YAML';
    throw invalid(field, path, `cannot be read (${why}), expected a YAML file of callers`);
  }
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) throw invalid(field, path, schemaProblems(parsed.error));
  const { tokens, certificates } = parsed.data;
  const keys = [...tokens.map(({ id }) => id), ...certificates.map(({ subject }) => subject)];
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw invalid(field, path, `has ${twice} twice, expected each once`);
  return parsed.data;
}

function invalid(field: string, path: string, what: string): PairstreamError {
  return new PairstreamError('INVALID_CONFIG', `${field}: ${JSON.stringify(path)} ${what}`, { field });
}
