import { describe, expect, it } from 'vitest';
import { parseHostAndPort, parseTarget } from './server-address.js';

describe('parseTarget', () => {
  it.each([
    ['gateway:50051', 'gateway:50051', { host: 'gateway', port: 50_051 }],
    ['dns:50051', 'dns:50051', { host: 'dns', port: 50_051 }],
    ['127.0.0.1:80', '127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['[fe80::1%eth0]:1', '[fe80::1%eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
    ['dns:gateway:1', 'gateway:1', { host: 'gateway', port: 1 }],
    ['dns:///gateway:65535', 'gateway:65535', { host: 'gateway', port: 65_535 }],
    ['ipv4:10.0.0.1:1', '10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['ipv6:[::1]:1', '[::1]:1', { host: '::1', port: 1 }],
    ['unix:run/a.sock', 'localhost', { path: 'run/a.sock' }],
    ['unix:/run/a.sock', 'localhost', { path: '/run/a.sock' }],
    ['unix:///run/a.sock', 'localhost', { path: '/run/a.sock' }],
    ['unix-abstract:a', 'localhost', { path: '\0a' }],
  ])('reads %s', (target, authority, endpoint) => {
    expect(parseTarget(target)).toEqual({ authority, endpoint });
  });

  it.each([
    'gateway',
    'gateway:0',
    'gateway:65536',
    'dns:///gateway',
    'dns://10.0.0.53/gateway:1',
    'dns:',
    'ipv4:gateway:1',
    'ipv4:10.0.0.1:1,10.0.0.2:1',
    'ipv6:[gateway]:1',
    '[gateway]:1',
    '[127.0.0.1]:1',
    'unix:',
    'unix://host/run/a.sock',
    'xds:///gateway:1',
  ])('does not read %s', (target) => {
    expect(parseTarget(target)).toBeUndefined();
  });
});

describe('parseHostAndPort', () => {
  it.each([
    ['triton-0.svc:1', 'triton-0.svc', 1],
    ['[::1]:65535', '::1', 65_535],
  ])('reads %s', (text, host, port) => {
    expect(parseHostAndPort(text)).toEqual({ host, port });
  });

  it.each([
    '',
    'triton',
    'triton:',
    ':1',
    'triton:0',
    'triton:65536',
    '::1:1',
    'a:1,b:2',
    'unix:/a',
    'dns:///a:1',
  ])('does not read "%s"', (text) => {
    expect(parseHostAndPort(text)).toBeUndefined();
  });
});
