import type { Metadata } from '@grpc/grpc-js';
import type { Caller } from '../../../security/caller.js';

/** Entries of callers that are valid now. */
export interface CallerEntries {
  /** The caller of an entry; undefined after it has expired or was revoked. */
  find(key: string): Caller | undefined;
}

/** Authentication as the service sees it: the server has named the entry of each call in a header. */
export interface ServiceCallers {
  readonly header: string;
  readonly entries: () => CallerEntries;
}

/** The caller of a call; undefined without authentication. */
export function callerOf(
  { metadata }: { metadata: Metadata },
  callers: ServiceCallers | undefined,
): Caller | undefined {
  const key = callers === undefined ? undefined : metadata.get(callers.header)[0];
  return typeof key === 'string' ? callers?.entries().find(key) : undefined;
}

/** True if a caller may go on: there is no authentication, or its entry is still valid. */
export function isStillValid(caller: Caller | undefined, callers: ServiceCallers | undefined): boolean {
  return caller === undefined || callers === undefined || callers.entries().find(caller.key) !== undefined;
}
