import { describe, expect, it } from 'vitest';
import { listenError } from './listen-error.js';

function systemError(code: string): Error {
  return Object.assign(new Error(`listen ${code}: 192.0.2.1:80`), { code });
}

describe('listenError', () => {
  it.each([
    [systemError('EADDRINUSE'), 'PORT_IN_USE', 'port 80 of 192.0.2.1 is in use; set PAIRSTREAM_GRPC_PORT'],
    [
      systemError('EADDRNOTAVAIL'),
      'INVALID_CONFIG',
      'PAIRSTREAM_HOST: "192.0.2.1" is not an address of this',
    ],
    [systemError('EAFNOSUPPORT'), 'INVALID_CONFIG', 'PAIRSTREAM_HOST: "192.0.2.1" is not an address of this'],
    [systemError('ENOTFOUND'), 'INVALID_CONFIG', 'PAIRSTREAM_HOST: "192.0.2.1" has no address in DNS'],
    [
      new Error('Name resolution failed for target dns:feed:80'),
      'INVALID_CONFIG',
      'PAIRSTREAM_HOST: "192.0.2.1" has no address in DNS',
    ],
    [systemError('EACCES'), 'INVALID_CONFIG', 'PAIRSTREAM_GRPC_PORT: 80 is not permitted for this user'],
    [
      new Error(
        'No address added out of total 1 resolved errors: [listen EACCES: permission denied 0.0.0.0:80]',
      ),
      'INVALID_CONFIG',
      'PAIRSTREAM_GRPC_PORT: 80 is not permitted for this user',
    ],
    [systemError('ENOBUFS'), 'INVALID_CONFIG', 'cannot listen on 192.0.2.1:80: ENOBUFS'],
  ])('%s is %s', (cause, code, message) => {
    const error = listenError({ host: '192.0.2.1', port: 80, setting: 'grpcPort' }, cause);
    expect(error).toMatchObject({ code, cause, message: expect.stringContaining(message) });
  });

  it('names the admin host if the admin port cannot be opened', () => {
    const cause = systemError('EADDRNOTAVAIL');
    expect(listenError({ host: '192.0.2.1', port: 80, setting: 'adminPort' }, cause)).toMatchObject({
      field: 'PAIRSTREAM_ADMIN_HOST',
      message: expect.stringContaining(
        'PAIRSTREAM_ADMIN_HOST: "192.0.2.1" is not an address of this machine',
      ),
    });
  });
});
