import { PairstreamError } from '../errors/pairstream-error.js';
import { hostAndPort } from './listen-host.js';
import { SETTINGS } from './settings.js';

/** A port of the gateway, and the setting that holds it. */
export interface ListeningPort {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly setting: 'grpcPort' | 'adminPort';
}

/** The setting of the host that each port listens on. */
const HOST_OF_PORT = { grpcPort: 'host', adminPort: 'adminHost' } as const;

interface ListenProblem {
  /** System error codes, in the error's `code` or, for gRPC, in its message. */
  readonly pattern: RegExp;
  readonly setting: 'host' | 'port';
  readonly reason: string;
}

const PROBLEMS: readonly ListenProblem[] = [
  {
    pattern: /EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL/,
    setting: 'host',
    reason: 'is not an address of this machine, expected one of its own or 0.0.0.0 or ::',
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|ENODATA|Name resolution failed|No addresses resolved/,
    setting: 'host',
    reason: 'is a name without an address, expected an address or a name that DNS knows',
  },
  {
    pattern: /EACCES|EPERM/,
    setting: 'port',
    reason: 'is a port that this user may not listen on, expected one of 1024 or more',
  },
];

/**
 * The error of a server that cannot listen, named by the setting to correct.
 * @param cause error of `listen()`
 * @returns PORT_IN_USE, INVALID_CONFIG, or the cause as it came
 */
export function listenError({ host, port, setting }: ListeningPort, cause: unknown): PairstreamError {
  const text = cause instanceof Error ? `${'code' in cause ? String(cause.code) : ''} ${cause.message}` : '';
  const { variable } = SETTINGS[setting];
  if (text.includes('EADDRINUSE')) {
    const message = `port ${port} of ${host} is in use; set ${variable} to another`;
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
