import { PairstreamError } from '../errors/pairstream-error.js';

/** Permissions of a caller. */
export const SCOPES = ['predict', 'feedback', 'read', 'explain', 'admin'] as const;

/** One permission: see SCOPES. */
export type Scope = (typeof SCOPES)[number];

/** A caller that has shown a token or a client certificate. */
export interface Caller {
  /** Names the entry of the callers file: `token:ID` or `certificate:SUBJECT`. */
  readonly key: string;
  /** Name in logs and metrics. Several tokens and certificates may have the same name. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Instant after which the token is refused, milliseconds since 1970; Infinity: never. */
  readonly expiresAtMs: number;
}

/** @throws PairstreamError PERMISSION_DENIED if a caller lacks a scope. @param subject method, field or route */
export function demandScope({ name, scopes }: Caller, scope: Scope, subject: string): void {
  if (scopes.has(scope)) return;
  const message = `${subject}: caller ${name} lacks the scope ${scope}`;
  throw new PairstreamError('PERMISSION_DENIED', message, { field: subject });
}
