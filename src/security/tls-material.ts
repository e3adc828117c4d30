import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Config } from '../config/config.js';
import { SETTINGS } from '../config/settings.js';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Settings that name the files of TLS. */
export type TlsFiles = Pick<Config, 'tlsCertificate' | 'tlsKey' | 'tlsClientCa'>;

/** Checked contents of the files of TLS. */
export interface TlsMaterial {
  /** PEM: the certificate, then intermediate certificates. */
  readonly certificate: Buffer;
  /** PEM. */
  readonly key: Buffer;
  /** PEM: authorities of client certificates; undefined: clients need no certificate. */
  readonly clientCa: Buffer | undefined;
  /** Instant at which the certificate expires, milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Lines for the log: what is unsafe, but does not stop the gateway. */
  readonly warnings: readonly string[];
}

/** Oldest version of TLS that is accepted. */
const LEAST_VERSION = 'TLSv1.2';
/** Permission of users that are neither the owner nor of the group of a file. */
const READ_BY_OTHERS = 0o004;

/** Paths of the files of TLS; empty without TLS. */
export function tlsPaths({ tlsCertificate, tlsKey, tlsClientCa }: TlsFiles): string[] {
  return [tlsCertificate, tlsKey, tlsClientCa].filter((path) => path !== '');
}

/**
 * Reads and checks the files of TLS.
 * @throws PairstreamError INVALID_CONFIG for a file that cannot be read or is no PEM, a key of another certificate, and a certificate
 *   that has expired or is not valid yet
 */
export function readTlsMaterial(files: TlsFiles): TlsMaterial {
  const certificate = read(files, 'tlsCertificate');
  const key = read(files, 'tlsKey');
  const clientCa = files.tlsClientCa === '' ? undefined : read(files, 'tlsClientCa');
  const leaf = parse(files, 'tlsCertificate', 'a PEM certificate', () => new X509Certificate(certificate));
  checkPeriod(files, leaf);
  const privateKey = parse(files, 'tlsKey', 'a PEM private key without a password', () =>
    createPrivateKey(key),
  );
  if (!leaf.checkPrivateKey(privateKey)) throw wrongKey(files);
  if (clientCa !== undefined)
    parse(files, 'tlsClientCa', 'a PEM certificate', () => new X509Certificate(clientCa));
  const material = { certificate, key, clientCa, expiresAtMs: leaf.validToDate.getTime() };
  parse(files, 'tlsCertificate', 'certificates that TLS can use', () =>
    createSecureContext(secureContextOf(material)),
  );
  return { ...material, warnings: permissionWarnings(files, privateKey) };
}

/** Options of Node for a TLS server with this material. */
export function secureContextOf({
  certificate,
  key,
  clientCa,
}: Pick<TlsMaterial, 'certificate' | 'key' | 'clientCa'>): SecureContextOptions {
  return {
    cert: certificate,
    key,
    minVersion: LEAST_VERSION,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  };
}

function read(files: TlsFiles, setting: keyof TlsFiles): Buffer {
  try {
    return readFileSync(files[setting]);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw problem(files, setting, `cannot be read (${code}), expected a PEM file`, error);
  }
}

function parse<T>(files: TlsFiles, setting: keyof TlsFiles, expected: string, parser: () => T): T {
  try {
    return parser();
  } catch (error) {
    throw problem(files, setting, `cannot be used, expected ${expected}`, error);
  }
}

function checkPeriod(files: TlsFiles, { validFromDate, validToDate }: X509Certificate): void {
  const now = new Date();
  if (validToDate < now)
    throw problem(
      files,
      'tlsCertificate',
      `expired at ${validToDate.toISOString()}, expected a valid certificate`,
    );
  if (validFromDate > now)
    throw problem(
      files,
      'tlsCertificate',
      `is valid from ${validFromDate.toISOString()}, expected a certificate that is valid now`,
    );
}

function wrongKey(files: TlsFiles): PairstreamError {
  const { variable } = SETTINGS.tlsCertificate;
  return problem(
    files,
    'tlsKey',
    `is not the key of ${variable}, expected the private key of its certificate`,
  );
}

function permissionWarnings(files: TlsFiles, { asymmetricKeyDetails }: KeyObject): string[] {
  const warnings: string[] = [];
  if ((statSync(files.tlsKey).mode & READ_BY_OTHERS) !== 0)
    warnings.push(
      `${SETTINGS.tlsKey.variable}: every user of this machine can read "${files.tlsKey}", expected mode 0600`,
    );
  const { modulusLength = Infinity } = asymmetricKeyDetails ?? {};
  if (modulusLength < LEAST_MODULUS_BITS)
    warnings.push(
      `${SETTINGS.tlsKey.variable}: an RSA key of ${modulusLength} bits, expected ${LEAST_MODULUS_BITS} or more`,
    );
  return warnings;
}

const LEAST_MODULUS_BITS = 2_048;

function problem(files: TlsFiles, setting: keyof TlsFiles, what: string, cause?: unknown): PairstreamError {
  const { variable } = SETTINGS[setting];
  const message = `${variable}: ${JSON.stringify(files[setting])} ${what}`;
  return new PairstreamError('INVALID_CONFIG', message, { field: variable, cause });
}
