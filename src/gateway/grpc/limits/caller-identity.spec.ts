import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { HeaderIdentity, PeerIdentity } from './caller-identity.js';

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
