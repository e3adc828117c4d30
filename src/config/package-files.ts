import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Root of the package: pipelines, models and package.json lie beside src/ and dist/. */
const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Version of this package. */
export function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Absolute path of a file that is named relative to the root of the package. An absolute path stays as it is. */
export function packagePath(path: string): string {
  return isAbsolute(path) ? path : join(PACKAGE_ROOT, path);
}
