import { parseTarget } from '@pairstream/grpc-channel';
import { ServerError } from './server-error.js';

const TOKEN = /^[\x21-\x7e]+$/;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Checks a token. Others could read it in plain text on the way to another machine.
 * @throws ServerError INVALID_REQUEST for a value of the wrong kind, or a token for another machine without TLS; the message does not repeat it
 */
export function checkToken(token: unknown, target: string, hasTls: boolean): void {
  if (token === undefined) return;
  if (typeof token !== 'string' || !TOKEN.test(token))
    throw ServerError.ofRequest(
      'token',
      `token: ${typeof token}, expected a text of printable characters without spaces`,
    );
  const endpoint = parseTarget(target)?.endpoint;
  const isHere = endpoint !== undefined && (!('host' in endpoint) || LOOPBACK.test(endpoint.host ?? ''));
  if (hasTls || isHere) return;
  throw ServerError.ofRequest(
    'token',
    `token: target ${JSON.stringify(target)} without tls, expected tls, or a target on this machine`,
  );
}
