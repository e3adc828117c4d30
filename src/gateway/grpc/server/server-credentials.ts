import { ServerCredentials } from '@grpc/grpc-js';
import type { TlsMaterial } from '../../../security/tls-material.js';

/** Credentials of grpc-js: TLS with the certificate of the gateway, or none. With authorities of clients, a client needs a certificate. */
export function credentialsOf(tls: TlsMaterial | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { certificate, key, clientCa = null } = tls;
  return ServerCredentials.createSsl(
    clientCa,
    [{ private_key: key, cert_chain: certificate }],
    clientCa !== null,
  );
}
