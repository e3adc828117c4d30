import type { Authenticator } from '../../../security/authenticator.js';
import type { ReloadedFiles } from '../../../security/reloaded-files.js';
import { CALLER_HEADER } from './call-identity.js';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** Names the caller of a call. Calls with the same name share the budgets of one caller, and take turns as one caller. */
export interface CallerIdentity {
  /**
   * Returns the name of the caller, as errors to this caller may show it.
   * @param stream HTTP/2 stream of the call
   * @param headers of the call
   */
  callerOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): string;
}

/** Characters of a header that name a caller; callers that differ after them only count as one. */
const LONGEST_NAME = 128;

/** IPv4 address in the form in which a socket of IPv6 has it. */
const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/;

const UNKNOWN = 'unknown';

/** Names callers by their address, without the port. */
export class PeerIdentity implements CallerIdentity {
  callerOf({ session }: ServerHttp2Stream): string {
    return session?.socket.remoteAddress?.replace(MAPPED_IPV4, '') ?? UNKNOWN;
  }
}

/**
 * Names callers by a header of each call, for gateways behind a proxy that sets the header. Callers can send any value, so the proxy must
 * remove theirs. A call without the header is named by its address.
 */
export class HeaderIdentity implements CallerIdentity {
  private readonly peers = new PeerIdentity();

  /** @param header name in lower case, without `-bin` at its end */
  constructor(private readonly header: string) {}

  callerOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): string {
    const value = headers[this.header];
    const text = typeof value === 'string' ? value : value?.[0];
    if (text === undefined || text === '') return this.peers.callerOf(stream);
    return `${this.header}=${text.slice(0, LONGEST_NAME)}`;
  }
}

/**
 * Names callers as the callers file does: all tokens and certificates of one name are one caller. Calls are identified before
 * (`identifyCaller`). A call without a caller is named by its address.
 */
export class AuthenticatedIdentity implements CallerIdentity {
  private readonly peers = new PeerIdentity();

  constructor(private readonly callers: ReloadedFiles<Authenticator>) {}

  callerOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): string {
    const key = headers[CALLER_HEADER];
    const caller = typeof key === 'string' ? this.callers.current.find(key) : undefined;
    return caller === undefined ? this.peers.callerOf(stream) : `caller=${caller.name}`;
  }
}
