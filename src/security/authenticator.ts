import { timingSafeEqual, type X509Certificate } from 'node:crypto';
import { PairstreamError } from '../errors/pairstream-error.js';
import { type Caller, demandScope, type Scope } from './caller.js';
import type { CallersFile } from './callers-file.js';
import { subjectsOf } from './certificate-subjects.js';
import { hashOfToken, idOfToken } from './token.js';

/** Reasons of refused callers, for metrics. */
export type RefusalReason = 'missing' | 'malformed' | 'unknown' | 'expired' | 'scope';

/** What a call shows. */
export interface Credentials {
  /** Value of the header `authorization`. */
  readonly authorization: string | undefined;
  /** Verified certificate of the client; undefined without one. */
  readonly certificate: X509Certificate | undefined;
}

/** What a caller needs for a call. */
export interface Demand {
  /** Undefined: any caller of the file. */
  readonly scope: Scope | undefined;
  /** Method or route, for the error. */
  readonly subject: string;
  /** Called before a refusal. */
  readonly onRefused: (reason: RefusalReason) => void;
}

const BEARER = /^Bearer ([\x21-\x7e]+)$/i;

/** Finds the caller of a call among the entries of a callers file. */
export class Authenticator {
  private readonly byKey = new Map<string, Caller>();
  private readonly hashes = new Map<string, Buffer>();

  /**
   * @param nowMs time, milliseconds since 1970. Default: the clock of the process
   */
  constructor(
    file: CallersFile,
    private readonly nowMs: () => number = Date.now,
  ) {
    for (const { id, name, sha256, scopes, expires } of file.tokens) {
      const key = `token:${id}`;
      const expiresAtMs = expires === undefined ? Infinity : Date.parse(expires);
      this.byKey.set(key, { key, name, scopes: new Set(scopes), expiresAtMs });
      this.hashes.set(key, Buffer.from(sha256, 'hex'));
    }
    for (const { subject, name, scopes } of file.certificates) {
      const key = `certificate:${subject}`;
      this.byKey.set(key, { key, name, scopes: new Set(scopes), expiresAtMs: Infinity });
    }
  }

  /**
   * Finds the caller. A token counts before a certificate, so that a proxy with a certificate can pass tokens on.
   * @throws PairstreamError UNAUTHENTICATED; PERMISSION_DENIED if the caller lacks the scope
   */
  authenticate({ authorization, certificate }: Credentials, { scope, subject, onRefused }: Demand): Caller {
    const found = authorization === undefined ? this.byCertificate(certificate) : this.byToken(authorization);
    if ('reason' in found) {
      onRefused(found.reason);
      throw new PairstreamError('UNAUTHENTICATED', found.message, { field: 'authorization' });
    }
    if (scope === undefined) return found;
    if (!found.scopes.has(scope)) onRefused('scope');
    demandScope(found, scope, subject);
    return found;
  }

  /** Number of tokens and certificates. */
  get size(): number {
    return this.byKey.size;
  }

  /** The caller of an entry while the entry is valid; undefined after it has expired or was revoked. */
  find(key: string): Caller | undefined {
    const caller = this.byKey.get(key);
    return caller !== undefined && this.nowMs() < caller.expiresAtMs ? caller : undefined;
  }

  private byToken(authorization: string): Caller | Refusal {
    const token = BEARER.exec(authorization)?.[1];
    const id = token === undefined ? undefined : idOfToken(token);
    if (token === undefined || id === undefined)
      return refusal('malformed', 'expected "Bearer" and a token of pairstream token create');
    const key = `token:${id}`;
    const caller = this.byKey.get(key);
    const hash = this.hashes.get(key);
    if (caller === undefined || hash === undefined || !timingSafeEqual(hash, hashOfToken(token)))
      return refusal('unknown', 'the gateway does not know the token');
    if (this.find(key) === undefined) return refusal('expired', `the token ${id} has expired`);
    return caller;
  }

  private byCertificate(certificate: X509Certificate | undefined): Caller | Refusal {
    if (certificate === undefined)
      return refusal('missing', 'expected "Bearer" and a token, or a client certificate');
    for (const subject of subjectsOf(certificate)) {
      const caller = this.byKey.get(`certificate:${subject}`);
      if (caller !== undefined) return caller;
    }
    return refusal('unknown', 'the gateway has no entry for the client certificate');
  }
}

interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

function refusal(reason: RefusalReason, message: string): Refusal {
  return { reason, message: `authorization: ${message}` };
}
