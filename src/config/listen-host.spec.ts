import { describe, expect, it } from 'vitest';
import { callableHost, hostAndPort, parseListenHost } from './listen-host.js';
import { loadConfig } from './config.js';

describe('parseListenHost', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['[::]', '::'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['[fe80::1%eth0]', 'fe80::1%eth0'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    ['localhost', 'localhost'],
    ['gateway_0.feed.svc.cluster.local.', 'gateway_0.feed.svc.cluster.local.'],
  ])('takes %s', (text, host) => {
    expect(parseListenHost(text)).toBe(host);
  });

  it.each([
    '',
    ' ',
    '*',
    '127.0.0.1:50051',
    'localhost:50051',
    '[::1]:50051',
    '[127.0.0.1]',
    '[::1',
    ':::',
    '1.2.3',
    '256.0.0.1',
    'http://localhost',
    'unix:/run/pairstream.sock',
    '-a',
    'a..b',
  ])('refuses "%s", naming what is accepted', (text) => {
    expect(() => loadConfig({ PAIRSTREAM_HOST: text })).toThrow(
      `PAIRSTREAM_HOST: "${text}", expected an IPv4 address, an IPv6 address or a host name, without scheme and port`,
    );
  });
});

describe('hostAndPort and callableHost', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:1'],
    ['0.0.0.0', '127.0.0.1:1'],
    ['::', '[::1]:1'],
    ['0:0::0', '[::1]:1'],
    ['::1', '[::1]:1'],
    ['localhost', 'localhost:1'],
  ])('call what listens on %s by %s', (host, address) => {
    expect(hostAndPort(callableHost(host), 1)).toBe(address);
  });
});
