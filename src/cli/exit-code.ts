import { CommanderError } from 'commander';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Exit codes of every command. */
const EXIT_CODE = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** The exit code of a command that ended with this error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.ok : EXIT_CODE.usage;
  const code = error instanceof PairstreamError ? error.code : undefined;
  if (code === 'CANCELLED') return EXIT_CODE.interrupted;
  return code === 'INVALID_CONFIG' ? EXIT_CODE.usage : EXIT_CODE.failure;
}
