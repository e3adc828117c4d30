import { PairstreamError } from '../errors/pairstream-error.js';
import type { Config } from './config.js';
import { SETTINGS } from './settings.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|(0*:)+0*1)$/i;

/** True if only programs of this machine can reach a host that a port listens on. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Refuses a gateway that other machines could call in plain text or without a name.
 * @throws PairstreamError INVALID_CONFIG for a host beyond loopback without TLS and authentication, unless PAIRSTREAM_INSECURE is on
 */
export function checkExposure(config: Config): void {
  if (config.insecure === 'on') return;
  const hasTls = config.tlsCertificate !== '';
  const hasCallers = config.callersFile !== '' || config.tlsClientCa !== '';
  if (hasTls && hasCallers) return;
  for (const key of ['host', 'adminHost'] as const) {
    if (isLoopback(config[key])) continue;
    const { variable } = SETTINGS[key];
    const missing = [
      ...(hasTls ? [] : [`${SETTINGS.tlsCertificate.variable} and ${SETTINGS.tlsKey.variable}`]),
      ...(hasCallers ? [] : [SETTINGS.callersFile.variable]),
    ].join(' and ');
    throw new PairstreamError(
      'INVALID_CONFIG',
      `${variable}: "${config[key]}" lets other machines call the gateway, expected ${missing} with it, or ${SETTINGS.insecure.variable}=on to allow calls without them`,
      { field: variable },
    );
  }
}
