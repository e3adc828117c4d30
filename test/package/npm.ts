import { z } from 'zod';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';

/** Time for a first install, which downloads everything that a package depends on. */
export const INSTALL_MS = 600_000;
/** Errors of npm without a registry. */
const NO_REGISTRY = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;

const packedSchema = z.array(
  z.object({ name: z.string(), filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);

/** A tarball and the paths in it. */
export interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly paths: readonly string[];
}

/** Runs npm to its end. @param environment added to this process's */
export function npm(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<FinishedProgram> {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier'];
  return runProgram('npm', [...args, ...quiet], { cwd, env: { ...process.env, ...environment } });
}

/**
 * Packs built packages of the repository into a folder.
 * @param selection options of npm that select the packages
 * @throws Error with the output of npm
 */
export async function pack(folder: string, selection: readonly string[] = []): Promise<readonly Packed[]> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder, ...selection];
  const { status, stdout, stderr } = await npm(args, ROOT);
  if (status !== 0) throw new Error(stderr);
  return packedSchema
    .parse(JSON.parse(stdout))
    .map(({ name, filename, files }) => ({ name, filename, paths: files.map(({ path }) => path) }));
}

/**
 * Skips a test if the install failed for lack of a registry, unless the run requires every test.
 * @throws Error with the output of npm if the install failed otherwise
 */
export function requireInstall(
  { status, stderr }: FinishedProgram,
  context: { skip: (reason: string) => void },
): void {
  if (status === 0) return;
  const isOptional = process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1' && NO_REGISTRY.test(stderr);
  if (!isOptional) throw new Error(`npm install failed: ${stderr}`);
  context.skip(`no npm registry: ${stderr}`);
}
