import { PairstreamError } from '../errors/pairstream-error.js';
import { hostAndPort } from './listen-host.js';
import { SETTINGS } from './settings.js';

/** A host and port that the gateway listens on, with the setting of the port. */
export interface ListeningPort {
  /** Host name or IP address; an IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
  readonly setting: 'grpcPort' | 'adminPort';
}

/** Setting of the host, by setting of the port. */
const HOST_OF_PORT = { grpcPort: 'host', adminPort: 'adminHost' } as const;

/** A reason why the gateway cannot listen. */
interface ListenProblem {
  /** Matches the `code` or the message of the error of `listen()`; grpc-js has the system error code only in the message. */
  readonly pattern: RegExp;
  /** The setting to correct. */
  readonly setting: 'host' | 'port';
  readonly reason: string;
}

const PROBLEMS: readonly ListenProblem[] = [
  {
    pattern: /EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL/,
    setting: 'host',
    reason: 'is not an address of this machine, expected an address of this machine, 0.0.0.0 or ::',
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|ENODATA|Name resolution failed|No addresses resolved/,
    setting: 'host',
    reason: 'has no address in DNS, expected an IP address or a name that DNS resolves',
  },
  {
    pattern: /EACCES|EPERM/,
    setting: 'port',
    reason: 'is not permitted for this user, expected a port of 1024 or more',
  },
];

/**
 * Converts an error of `listen()` into an error that names the setting to correct.
 * @param cause error of `listen()`
 * @returns PORT_IN_USE or INVALID_CONFIG
 */
export function listenError({ host, port, setting }: ListeningPort, cause: unknown): PairstreamError {
  const text = cause instanceof Error ? `${'code' in cause ? String(cause.code) : ''} ${cause.message}` : '';
  const { variable } = SETTINGS[setting];
  if (text.includes('EADDRINUSE')) {
    const message = `port ${port} of ${host} is in use; set ${variable} to a free port`;
    return new PairstreamError('PORT_IN_USE', message, { field: variable, cause });
  }
  const problem = PROBLEMS.find(({ pattern }) => pattern.test(text));
  if (problem === undefined)
    return new PairstreamError(
      'INVALID_CONFIG',
      `cannot listen on ${hostAndPort(host, port)}: ${text.trim()}`,
      {
        cause,
      },
    );
  const [field, value] =
    problem.setting === 'host'
      ? [SETTINGS[HOST_OF_PORT[setting]].variable, `"${host}"`]
      : [variable, String(port)];
  return new PairstreamError('INVALID_CONFIG', `${field}: ${value} ${problem.reason}`, { field, cause });
}
