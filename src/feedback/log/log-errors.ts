import { PairstreamError } from '../../errors/pairstream-error.js';

/** The stored bytes are not the bytes that were written. @param what file or place, and the damage */
export function damaged(folder: string, what: string, cause?: unknown): PairstreamError {
  return new PairstreamError(
    'EVENT_LOG_DAMAGED',
    `event log ${folder} is damaged: ${what}; restore the state directory from a backup, or run \`pairstream salvage-log\`, which keeps the events before the damage`,
    { cause },
  );
}

/** Time after which a caller should send its events again: an operator has to make room. */
const RETRY_AFTER_MS = 1_000;

/** The log cannot take or hold events at the moment. */
export function unavailable(folder: string, what: string, cause?: unknown): PairstreamError {
  return new PairstreamError('EVENT_LOG_UNAVAILABLE', `event log ${folder}: ${what}`, {
    retryAfterMs: RETRY_AFTER_MS,
    cause,
  });
}

/** A folder that has one owner cannot be used at the moment. */
export function folderUnavailable(folder: string, what: string, cause?: unknown): PairstreamError {
  return new PairstreamError('EVENT_LOG_UNAVAILABLE', `folder ${folder}: ${what}`, {
    retryAfterMs: RETRY_AFTER_MS,
    cause,
  });
}

/** A folder of the user holds no log. */
export function noLog(folder: string): PairstreamError {
  const problem = `${folder}: no data.mdb in it, expected the folder log of a state directory`;
  return new PairstreamError('INVALID_DATA_FILE', problem, { field: folder });
}

/** The log is closed. */
export function closed(): PairstreamError {
  return new PairstreamError('SHUTTING_DOWN', 'the event log is closed');
}

/** Code and text of something thrown by node:fs or LMDB, on one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.split('\n')[0] ?? error.message;
}

/** The log does not hold the events from a position on. @param oldest @param end sequence numbers the log holds: oldest to end - 1 */
export function gap(folder: string, from: number, oldest: number, end: number): PairstreamError {
  return new PairstreamError(
    'EVENT_LOG_GAP',
    `event log ${folder} cannot be read from position ${from}: it holds positions ${oldest} to ${end}; start from a newer snapshot`,
  );
}
