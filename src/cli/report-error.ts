import { CommanderError } from 'commander';
import { ServerError } from '@pairstream/client';
import { PairstreamError } from '../errors/pairstream-error.js';
import { STANDARD_OUTPUT } from '../files/output-file.js';
import { exitCodeOf } from './exit-code.js';

/** An error as `--json` shows it. */
interface ShownError {
  /** Code of the error catalogue, or a gRPC status code. */
  readonly code: string;
  readonly message: string;
  readonly field?: string | undefined;
}

/**
 * Prints an error: one line on stderr, or with `--json` one object where the result would be.
 * @param args of the command line, without the program
 * @returns the exit code of the command
 */
export function reportError(error: unknown, args: readonly string[]): number {
  if (isClosedReader(error)) return 0;
  const isForeign = error instanceof CommanderError || error instanceof ServerError;
  const exitCode = exitCodeOf(isForeign ? error : PairstreamError.from(error));
  if (error instanceof CommanderError && exitCode === 0) return exitCode;
  if (args.includes('--json')) {
    const print = hasDataOnStdout(args) ? console.error : console.log;
    print(JSON.stringify({ error: shown(error) }));
  } else if (!(error instanceof CommanderError)) {
    // Commander has printed its own errors.
    console.error(textOf(error));
  }
  if (!isForeign) {
    const { code, cause } = PairstreamError.from(error);
    if (code === 'INTERNAL') console.error(cause);
  }
  return exitCode;
}

function shown(error: unknown): ShownError {
  if (error instanceof CommanderError)
    return { code: 'INVALID_CONFIG', message: error.message.replace(/^error: /, '') };
  if (error instanceof ServerError) {
    const { reason, codeName, message, field } = error;
    return { code: reason ?? codeName, message, field };
  }
  const { code, message, field } = PairstreamError.from(error);
  return { code, message, field };
}

function textOf(error: unknown): string {
  if (error instanceof ServerError) return error.message;
  const { code, message } = PairstreamError.from(error);
  return code === 'CANCELLED' ? 'interrupted' : `${code}: ${message}`;
}

/** The reader of the standard output has closed it, as `head` does: it has what it wants. */
function isClosedReader(error: unknown): boolean {
  if (!(error instanceof PairstreamError) || error.field !== STANDARD_OUTPUT) return false;
  const { cause } = error;
  return (
    cause instanceof Error &&
    'code' in cause &&
    ['EPIPE', 'ERR_STREAM_DESTROYED'].includes(String(cause.code))
  );
}

function hasDataOnStdout(args: readonly string[]): boolean {
  const out = args.flatMap((arg, i) =>
    arg === '--out' ? [args[i + 1]] : arg.startsWith('--out=') ? [arg.slice(6)] : [],
  );
  return out.some((path) => path === '-' || path === STANDARD_OUTPUT);
}
