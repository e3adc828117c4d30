import { readFileSync } from 'node:fs';
import type { Setting } from './setting-kinds.js';

/** Ending of the variable that names a file with the value of a secret setting. */
const FILE_ENDING = '_FILE';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the variables that name files with secrets. */
export function secretFileVariables(settings: readonly Setting[]): string[] {
  return settings.filter(({ isSecret }) => isSecret === true).map(({ variable }) => variable + FILE_ENDING);
}

/**
 * Values of secret settings from the files that the environment names: the text without line ends behind it.
 * @param problems gets a line for each file that cannot be read or is set beside its variable
 */
export function readSecretFiles(
  settings: readonly Setting[],
  environment: Environment,
  problems: string[],
): Environment {
  const values: Record<string, string> = {};
  for (const { variable, isSecret } of settings) {
    const path = environment[variable + FILE_ENDING];
    if (isSecret !== true || path === undefined) continue;
    if (environment[variable] !== undefined) {
      problems.push(`${variable + FILE_ENDING}: "${path}" beside ${variable}, expected one of them`);
      continue;
    }
    try {
      values[variable] = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      problems.push(`${variable + FILE_ENDING}: "${path}" cannot be read (${code}), expected a file`);
    }
  }
  return values;
}
