import { PairstreamError } from '../errors/pairstream-error.js';

/** OUTPUT_FAILED for an output path of a command. @param problem with the system's reason and the remedy */
export function outputFailed(path: string, problem: string, cause?: unknown): PairstreamError {
  return new PairstreamError('OUTPUT_FAILED', `${path}: ${problem}`, { field: path, cause });
}

/** The system's short reason for an error, for instance ENOSPC. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
