import { readFileSync } from 'node:fs';
import type { ClientOptions } from '@pairstream/client';
import type { TlsOptions } from '@pairstream/grpc-channel';
import type { Command } from 'commander';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Options of every command that calls a gateway. */
export interface ClientSecurityOptions {
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
  readonly tokenFile?: string;
}

/** TLS and token of the calls to a gateway. */
export type ClientSecurity = Pick<ClientOptions, 'tls' | 'token'>;

/** Adds the options of ClientSecurityOptions. */
export function addClientSecurityOptions(command: Command): Command {
  return command
    .option('--tls', 'call the gateway by TLS, with the authorities that Node trusts')
    .option(
      '--tls-ca <file>',
      "PEM file of the authorities that sign the gateway's certificate; implies --tls",
    )
    .option(
      '--tls-certificate <file>',
      'PEM file of the client certificate, for a gateway that requires one; implies --tls',
    )
    .option('--tls-key <file>', 'PEM file of the private key of the client certificate')
    .option(
      '--tls-server-name <name>',
      "name that the gateway's certificate must have, instead of its host; implies --tls",
    )
    .option(
      '--token-file <file>',
      'file with the token of the caller; a token on the command line could be seen by others',
    );
}

/** Reads the files that the options name. @throws PairstreamError INVALID_CONFIG for a file that cannot be read, or a missing option */
export function clientSecurityOf(options: ClientSecurityOptions): ClientSecurity {
  const { tls = false, tlsCa, tlsCertificate, tlsKey, tlsServerName } = options;
  if ((tlsCertificate === undefined) !== (tlsKey === undefined))
    throw wrong(
      tlsKey === undefined ? '--tls-key' : '--tls-certificate',
      'is missing, expected --tls-certificate and --tls-key together',
    );
  const token =
    options.tokenFile === undefined
      ? {}
      : { token: read('--token-file', options.tokenFile).toString('utf8').trim() };
  const isOn = tls || [tlsCa, tlsCertificate, tlsServerName].some((option) => option !== undefined);
  if (!isOn) return token;
  const settings: TlsOptions = {
    ...(tlsCa === undefined ? {} : { rootCertificates: read('--tls-ca', tlsCa) }),
    ...(tlsCertificate === undefined ? {} : { certificateChain: read('--tls-certificate', tlsCertificate) }),
    ...(tlsKey === undefined ? {} : { privateKey: read('--tls-key', tlsKey) }),
    ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
  };
  return { ...token, tls: settings };
}

function read(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw wrong(option, `${JSON.stringify(path)} cannot be read (${code}), expected a file`, error);
  }
}

function wrong(option: string, what: string, cause?: unknown): PairstreamError {
  return new PairstreamError('INVALID_CONFIG', `${option}: ${what}`, { field: option, cause });
}
