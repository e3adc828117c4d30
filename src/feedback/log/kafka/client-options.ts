import { isIP } from 'node:net';
import type { BaseOptions } from '@platformatic/kafka';
import type { KafkaLogOptions } from './kafka-log-options.js';

const REQUEST_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** Age at which the leaders and the number of partitions are asked for again. */
const METADATA_MAX_AGE_MS = 3_000;

/**
 * Options of a client of the library, which does not retry: the log does, with its own backoff.
 * @param brokers addresses, the first to ask first
 */
export function clientOptions(options: KafkaLogOptions, brokers: readonly string[]): BaseOptions {
  const { tls, sasl, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  return {
    clientId: 'pairstream',
    bootstrapBrokers: [...brokers],
    timeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    retries: 0,
    autocreateTopics: false,
    ...(tls === undefined ? {} : { tls: { ...tls }, tlsServerName: !brokers.every(isAddress) }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
  };
}

/** True for an IP address with a port. TLS sends names to the server, and no addresses. */
function isAddress(broker: string): boolean {
  return isIP(broker.slice(0, broker.lastIndexOf(':')).replace(/^\[|\]$/g, '')) !== 0;
}
