import type { KafkaSettings } from './kafka-log-options.js';

/** An error of the library, of TLS or of a socket. */
interface Cause {
  readonly message: string;
  /** Code of Node, of OpenSSL or of the library. */
  readonly code?: unknown;
  /** Name of an error of the protocol, that a broker has answered. */
  readonly apiId?: unknown;
}

interface Hint {
  /** Codes, names of the protocol, or the first words of the message. */
  readonly of: readonly string[];
  readonly text: string;
}

/** The first hint that is of an error of the chain is used. */
const HINTS: readonly Hint[] = [
  {
    of: [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    text: 'PAIRSTREAM_KAFKA_TLS_CA must name the authority that signed the certificate of the broker',
  },
  {
    of: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    text: 'PAIRSTREAM_KAFKA_BROKERS and advertised.listeners of the brokers must use a name of the certificate',
  },
  { of: ['Broker requires TLS'], text: 'set PAIRSTREAM_KAFKA_TLS=on' },
  {
    of: ['TLS handshake failed'],
    text: 'if this port of PAIRSTREAM_KAFKA_BROKERS has no TLS, set PAIRSTREAM_KAFKA_TLS=off or name another port',
  },
  {
    of: ['SASL_AUTHENTICATION_FAILED'],
    text: 'check PAIRSTREAM_KAFKA_USERNAME, PAIRSTREAM_KAFKA_PASSWORD and PAIRSTREAM_KAFKA_SASL',
  },
  {
    of: ['ILLEGAL_SASL_STATE'],
    text: 'this port of PAIRSTREAM_KAFKA_BROKERS has no SASL; set PAIRSTREAM_KAFKA_SASL=off or name another port',
  },
  {
    of: ['UNSUPPORTED_SASL_MECHANISM'],
    text: 'PAIRSTREAM_KAFKA_SASL must be a mechanism that the broker has enabled',
  },
  {
    of: ['Cannot find a suitable SASL mechanism'],
    text: 'if this port of PAIRSTREAM_KAFKA_BROKERS has TLS, set PAIRSTREAM_KAFKA_TLS=on',
  },
  {
    of: ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'],
    text: 'PAIRSTREAM_KAFKA_USERNAME or the subject of PAIRSTREAM_KAFKA_TLS_CERTIFICATE needs the operations Describe, Read and Write on the topic',
  },
  {
    of: ['INVALID_RECORD'],
    text: 'the topic must have cleanup.policy=delete: messages have no keys to compact them by',
  },
  {
    of: ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'],
    text: 'max.message.bytes of the topic must be at least 1048588, the default of Kafka',
  },
  {
    of: ['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
    text: 'fewer replicas of a partition are in sync than min.insync.replicas of the topic: start the brokers that are down',
  },
];

/** A broker closes a connection without a word if it expects credentials that the client does not send. */
const CLOSED = ['Connection closed', 'ECONNRESET', 'EPIPE'];

const FAILED_ADDRESS = /^Connection to (\S+) (?:failed|timed out)/;

/**
 * True if no broker could be reached: a connection was refused, timed out, or its name is not known at the moment. False if a broker
 * has answered, or has closed the connection: a setting is then wrong.
 */
export function isUnreachable(error: unknown, settings: KafkaSettings): boolean {
  const hint = hintOf(error, settings, true);
  return hint === undefined || hint === hintOfAddress([...causesOf(error)], settings);
}

/**
 * Names the setting of the gateway, the topic or the brokers that is the likely cause of an error.
 * @param isFirst true if no request of this process has succeeded yet: the credentials may then be missing
 * @returns undefined if the error says nothing of settings
 */
export function hintOf(error: unknown, settings: KafkaSettings, isFirst: boolean): string | undefined {
  const causes = [...causesOf(error)];
  const known = HINTS.find(({ of }) => causes.some((cause) => of.some((name) => isNamed(cause, name))));
  if (known !== undefined) return known.text;
  if (causes.some(({ code }) => typeof code === 'string' && /^ERR_SSL_.*ALERT/.test(code)))
    return hintOfCertificate(settings);
  if (isFirst && causes.some((cause) => CLOSED.some((name) => isNamed(cause, name))))
    return (
      [
        ...(settings.sasl === undefined ? ['the broker may require SASL (PAIRSTREAM_KAFKA_SASL)'] : []),
        ...(settings.tls === undefined ? [] : [hintOfCertificate(settings)]),
      ].join(', or ') || undefined
    );
  return hintOfAddress(causes, settings);
}

function hintOfCertificate({ tls }: KafkaSettings): string {
  return tls?.cert === undefined
    ? 'the broker may require a client certificate (PAIRSTREAM_KAFKA_TLS_CERTIFICATE)'
    : 'the broker may not trust the authority of PAIRSTREAM_KAFKA_TLS_CERTIFICATE';
}

/** Clients learn the addresses of the other brokers from the first that answers. */
function hintOfAddress(causes: readonly Cause[], { brokers }: KafkaSettings): string | undefined {
  const [address] = causes.flatMap(({ message }) => FAILED_ADDRESS.exec(message)?.slice(1) ?? []);
  if (address !== undefined && !brokers.includes(address))
    return 'this address is not of PAIRSTREAM_KAFKA_BROKERS: a broker advertises it (advertised.listeners)';
  const isUnresolved = causes.some((cause) => isNamed(cause, 'ENOTFOUND') || isNamed(cause, 'EAI_AGAIN'));
  return isUnresolved ? 'PAIRSTREAM_KAFKA_BROKERS must hold names that this machine resolves' : undefined;
}

function isNamed({ code, apiId, message }: Cause, name: string): boolean {
  return code === name || apiId === name || message.startsWith(name);
}

/** The error, and all errors that it holds. */
function* causesOf(error: unknown): Generator<Cause> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const each of error.errors) yield* causesOf(each);
  yield* causesOf(error.cause);
}
