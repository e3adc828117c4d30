import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Config } from '../../config/config.js';
import { SETTINGS } from '../../config/settings.js';
import { fileProblem } from '../../errors/file-problem.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { EventLogSettings } from '../../feedback/learning/state-settings.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

const HOUR_S = 3_600;

/** Event log of a gateway. @throws PairstreamError INVALID_CONFIG if a PEM file cannot be read */
export function eventLogSettingsOf(config: Config): EventLogSettings {
  if (config.eventLog === 'embedded')
    return {
      kind: 'embedded',
      maxBytes: config.maxEventLogMb * BYTES_PER_MIB,
      retentionS: config.eventRetentionH * HOUR_S,
    };
  const { kafkaBrokers, kafkaTopic, kafkaTls, kafkaSasl, kafkaUsername, kafkaPassword } = config;
  return {
    kind: 'kafka',
    brokers: kafkaBrokers.split(','),
    topic: kafkaTopic,
    ...(kafkaTls === 'off' ? {} : { tls: pemsOf(config) }),
    ...(kafkaSasl === 'off'
      ? {}
      : { sasl: { mechanism: kafkaSasl, username: kafkaUsername, password: kafkaPassword } }),
  };
}

function pemsOf(config: Config): { readonly ca?: string; readonly cert?: string; readonly key?: string } {
  const ca = readPem(config, 'kafkaTlsCa', (pem) => new X509Certificate(pem));
  const cert = readPem(config, 'kafkaTlsCertificate', (pem) => new X509Certificate(pem));
  const key = readPem(config, 'kafkaTlsKey', (pem) => createSecureContext({ key: pem, cert }));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** @param check throws if the text is not of the kind that is expected */
function readPem(
  config: Config,
  setting: 'kafkaTlsCa' | 'kafkaTlsCertificate' | 'kafkaTlsKey',
  check: (pem: string) => unknown,
): string | undefined {
  const path = config[setting];
  if (path === '') return undefined;
  const { variable } = SETTINGS[setting];
  const refuse = (problem: string, cause: unknown): never => {
    throw new PairstreamError('INVALID_CONFIG', `${variable}: "${path}" ${problem}`, {
      field: variable,
      cause,
    });
  };
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(`${fileProblem(error)}, expected a PEM file`, error);
  }
  try {
    check(pem);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(
      setting === 'kafkaTlsKey'
        ? `is no private key of ${SETTINGS.kafkaTlsCertificate.variable} (${reason})`
        : `is no certificate (${reason}), expected a PEM file`,
      error,
    );
  }
  return pem;
}
