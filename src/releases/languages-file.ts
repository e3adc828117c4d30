import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { fileProblem } from '../errors/file-problem.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { schemaProblems } from '../errors/schema-problems.js';

const languagesSchema = z.record(
  z.string().regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'expected a BCP-47 tag'),
  z.string().regex(/^[0-9A-Fa-f]{32}$/, 'expected 32 hexadecimal digits'),
);

/**
 * Reads a YAML map from BCP-47 tags to the language ids of the training data.
 * @throws PairstreamError INVALID_PIPELINE if the file is missing or is not such a map
 */
export function readLanguages(path: string): ReadonlyMap<string, string> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const problem = error instanceof YAMLParseError ? 'cannot be read as YAML' : fileProblem(error);
    throw new PairstreamError('INVALID_PIPELINE', `${path}: ${problem}`, {
      field: 'languages',
      cause: error,
    });
  }
  const parsed = languagesSchema.safeParse(content);
  if (parsed.success) return new Map(Object.entries(parsed.data));
  throw new PairstreamError('INVALID_PIPELINE', `${path}: ${schemaProblems(parsed.error)}`, {
    field: 'languages',
  });
}
