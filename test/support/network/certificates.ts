import { generate } from 'selfsigned';

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** Certificates of one authority. */
export interface Authority {
  /** Of the authority itself: who trusts it trusts all that it signs. */
  readonly certificate: Buffer;
  /** Signs a certificate. @param names DNS names and addresses of a server; none for a client */
  readonly sign: (commonName: string, names?: CertificateNames) => Promise<Certificate>;
}

/** Names and period of a certificate. */
export interface CertificateNames {
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  /** Names of a client, for instance spiffe://example.org/ranking. */
  readonly uri?: readonly string[];
  /** Default: valid from now on for a year. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;

/** Makes an authority, of keys that are new. */
export async function createAuthority(name: string): Promise<Authority> {
  const own = await generate([{ name: 'commonName', value: name }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    certificate: Buffer.from(own.cert),
    sign: async (commonName, { dns = [], ip = [], uri = [], notBefore, notAfter } = {}) => {
      const altNames = [
        ...dns.map((value) => ({ type: 2 as const, value })),
        ...ip.map((address) => ({ type: 7 as const, ip: address })),
        ...uri.map((value) => ({ type: 6 as const, value })),
      ];
      const isServer = dns.length + ip.length > 0;
      const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
        ...EC,
        ...(notBefore === undefined ? {} : { notBeforeDate: notBefore }),
        ...(notAfter === undefined ? {} : { notAfterDate: notAfter }),
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: isServer, clientAuth: !isServer },
          ...(altNames.length > 0 ? [{ name: 'subjectAltName' as const, altNames }] : []),
        ],
      });
      return { certificate: Buffer.from(cert), key: Buffer.from(key) };
    },
  };
}
