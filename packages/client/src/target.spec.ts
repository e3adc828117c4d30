import { describe, expect, it } from 'vitest';
import { PairstreamClient, ServerError } from './index.js';

/** What the client says of a target; undefined: it takes the target. */
function problemOf(options: unknown): string | undefined {
  try {
    new PairstreamClient(options as { target: string }).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return `${error.field}: ${error.message}`;
  }
}

describe('the target of a client', () => {
  it.each([
    '127.0.0.1:50051',
    'localhost:1',
    'gateway.example:65535',
    '[::1]:50051',
    '[fe80::1%eth0]:50051',
    'dns:///gateway:50051',
    'dns:gateway:50051',
    'ipv4:127.0.0.1:50051',
    'unix:///run/pairstream.sock',
    'unix:pairstream.sock',
  ])('may be %s', (target) => {
    expect(problemOf({ target })).toBeUndefined();
  });

  it.each([
    ['a host alone', 'localhost', '"localhost" (a string)'],
    ['a URL', 'http://localhost:50051', '"http://localhost:50051" (a string)'],
    ['a URL of TLS', 'https://gateway', '"https://gateway" (a string)'],
    ['an IPv6 address without brackets', '::1:50051', '"::1:50051" (a string)'],
    ['port 0', 'localhost:0', '"localhost:0" (a string)'],
    ['too large a port', 'localhost:65536', '"localhost:65536" (a string)'],
    ['no port after the colon', 'localhost:', '"localhost:" (a string)'],
    ['no host', ':50051', '":50051" (a string)'],
    ['a blank', 'local host:50051', '"local host:50051" (a string)'],
    ['an empty text', '', '"" (a string)'],
    ['a number', 50_051, '50051'],
    ['nothing', undefined, 'undefined'],
  ])('is refused as %s', (_, target, shown) => {
    expect(problemOf({ target })).toBe(
      `target: INVALID_REQUEST: target: ${shown}, expected host:port, for instance 127.0.0.1:50051`,
    );
  });

  it.each([
    ['no options', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a text', '127.0.0.1:50051', '"127.0.0.1:50051" (a string)'],
  ])('is refused with %s in place of the options', (_, options, shown) => {
    expect(problemOf(options)).toBe(
      `options: INVALID_REQUEST: options: ${shown}, expected an object with target, maxMessageBytes, connections`,
    );
  });
});
