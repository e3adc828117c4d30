import { choice, integer, optionalText } from './setting-kinds.js';

/** Settings of TLS and of callers, for both ports. */
export const SECURITY_SETTINGS = {
  tlsCertificate: optionalText(
    'PAIRSTREAM_TLS_CERTIFICATE',
    'PEM file of the certificate of the gateway, with intermediate certificates behind it. With it, the gRPC port and the admin port speak TLS 1.2 or newer only. The gateway reads the files of TLS anew when they change. Empty: no TLS',
  ),
  tlsKey: optionalText('PAIRSTREAM_TLS_KEY', 'PEM file of the private key of PAIRSTREAM_TLS_CERTIFICATE'),
  tlsClientCa: optionalText(
    'PAIRSTREAM_TLS_CLIENT_CA',
    'PEM file of the authorities that sign client certificates (mTLS). With it, the gRPC port accepts only connections with a certificate of these authorities, and the admin port asks for one. Empty: no client certificates',
  ),
  tlsHandshakeMs: integer(
    'PAIRSTREAM_TLS_HANDSHAKE_MS',
    5_000,
    [100, 120_000],
    'Maximum duration of a TLS handshake in milliseconds. A slower connection is closed',
  ),
  callersFile: optionalText(
    'PAIRSTREAM_CALLERS_FILE',
    'YAML file of the callers: names, scopes, hashes of tokens, subjects of client certificates. With it, every call needs a token or a certificate of the file; only health checks need none. `pairstream token` writes the file, and the gateway reads it anew when it changes. Empty: no authentication',
  ),
  reflection: choice(
    'PAIRSTREAM_REFLECTION',
    ['on', 'off'],
    'gRPC reflection, which tells the methods and messages to tools such as grpcurl. With PAIRSTREAM_CALLERS_FILE, reflection needs the scope read',
  ),
  adminAllowedHosts: optionalText(
    'PAIRSTREAM_ADMIN_ALLOWED_HOSTS',
    'Host names that requests to the admin port may call it by (Host header), separated by commas, beside localhost, PAIRSTREAM_ADMIN_HOST and IP addresses. It protects from web pages that point a name of their own at the gateway (DNS rebinding). /healthz and /readyz accept every name',
  ),
  insecure: choice(
    'PAIRSTREAM_INSECURE',
    ['off', 'on'],
    'Permission to listen beyond loopback without TLS or without authentication, for networks that keep strangers out by other means',
  ),
} as const;

/** Settings that name files of TLS, without effect unless PAIRSTREAM_TLS_CERTIFICATE is set. */
export const TLS_FILE_SETTINGS = ['tlsCertificate', 'tlsKey', 'tlsClientCa'] as const;
