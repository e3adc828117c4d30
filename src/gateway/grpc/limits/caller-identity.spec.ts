import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { Authenticator } from '../../../security/authenticator.js';
import { ReloadedFiles } from '../../../security/reloaded-files.js';
import { createToken } from '../../../security/token.js';
import { CALLER_HEADER } from './call-identity.js';
import { AuthenticatedIdentity, HeaderIdentity, PeerIdentity } from './caller-identity.js';

/** A call of a connection from an address; undefined: the connection has ended. */
function streamFrom(remoteAddress: string | undefined): ServerHttp2Stream {
  return { session: { socket: { remoteAddress, remotePort: 40_000 } } } as unknown as ServerHttp2Stream;
}

describe('identity of a caller', () => {
  it.each<[string, string | undefined, string]>([
    ['IPv4', '192.0.2.1', '192.0.2.1'],
    ['IPv4 on a socket of IPv6', '::ffff:192.0.2.1', '192.0.2.1'],
    ['IPv6', '2001:db8::1', '2001:db8::1'],
    ['an ended connection', undefined, 'unknown'],
  ])('by address: %s', (_name, address, name) => {
    expect(new PeerIdentity().callerOf(streamFrom(address))).toBe(name);
  });

  it.each<[string, IncomingHttpHeaders, string]>([
    ['the header', { 'x-caller': 'ranking' }, 'x-caller=ranking'],
    ['the first of several', { 'x-caller': ['a', 'b'] }, 'x-caller=a'],
    ['no header', {}, '192.0.2.1'],
    ['an empty header', { 'x-caller': '' }, '192.0.2.1'],
    ['another header', { 'x-other': 'ranking' }, '192.0.2.1'],
    ['a value like an address', { 'x-caller': '192.0.2.1' }, 'x-caller=192.0.2.1'],
    ['a long value', { 'x-caller': 'a'.repeat(10_000) }, `x-caller=${'a'.repeat(128)}`],
  ])('by header: %s', (_name, headers, name) => {
    expect(new HeaderIdentity('x-caller').callerOf(streamFrom('192.0.2.1'), headers)).toBe(name);
  });
});

describe('identity of an authenticated caller', () => {
  const token = createToken();
  const entry = { id: token.id, sha256: token.sha256, name: 'ranking', scopes: ['predict' as const] };
  const callers = new ReloadedFiles([], () => new Authenticator({ tokens: [entry], certificates: [] }), {
    reloaded: () => undefined,
    failed: () => undefined,
  });
  const identity = new AuthenticatedIdentity(callers);

  it.each<[string, IncomingHttpHeaders, string]>([
    ['the name of its entry', { [CALLER_HEADER]: `token:${token.id}` }, 'caller=ranking'],
    ['its address, without an entry', { 'x-caller': 'ranking' }, '192.0.2.1'],
  ])('%s', (_name, headers, name) => {
    expect(identity.callerOf(streamFrom('192.0.2.1'), headers)).toBe(name);
  });
});
