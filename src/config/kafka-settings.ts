import { z } from 'zod';
import { choice, optionalText, text } from './setting-kinds.js';

const ADDRESS = /^(?:[^\s:,[\]]+|\[[\da-f:.]+\]):(\d{1,5})$/i;
const LARGEST_PORT = 65_535;

function isAddress(text: string): boolean {
  const port = Number(ADDRESS.exec(text)?.[1] ?? 0);
  return port > 0 && port <= LARGEST_PORT;
}

/** Settings of the topic that gateways share. They have no effect without PAIRSTREAM_EVENT_LOG=kafka. */
export const KAFKA_SETTINGS = {
  kafkaBrokers: {
    ...text(
      'PAIRSTREAM_KAFKA_BROKERS',
      '127.0.0.1:9092',
      'Addresses of one or more Kafka brokers as host:port, separated by commas; the gateway finds the others from them',
    ),
    schema: z
      .string()
      .refine(
        (text) => text.split(',').every(isAddress),
        `expected host:port with a port from 1 to ${LARGEST_PORT}, several separated by commas without spaces`,
      ),
  },
  kafkaTopic: text(
    'PAIRSTREAM_KAFKA_TOPIC',
    'engagements',
    'Topic of the events of feedback. It must exist, and its retention must be longer than the time between two published snapshots',
  ),
  kafkaTls: choice('PAIRSTREAM_KAFKA_TLS', ['off', 'on'], 'TLS for connections to Kafka'),
  kafkaTlsCa: optionalText(
    'PAIRSTREAM_KAFKA_TLS_CA',
    "PEM file of the authorities that sign the brokers' certificates. Empty: the authorities that Node trusts",
  ),
  kafkaTlsCertificate: optionalText(
    'PAIRSTREAM_KAFKA_TLS_CERTIFICATE',
    'PEM file of the client certificate, for brokers that require one (mTLS)',
  ),
  kafkaTlsKey: optionalText(
    'PAIRSTREAM_KAFKA_TLS_KEY',
    'PEM file of the private key of the client certificate',
  ),
  kafkaSasl: choice(
    'PAIRSTREAM_KAFKA_SASL',
    ['off', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    'SASL mechanism for connections to Kafka',
  ),
  kafkaUsername: optionalText('PAIRSTREAM_KAFKA_USERNAME', 'User name for SASL'),
  kafkaPassword: {
    ...optionalText('PAIRSTREAM_KAFKA_PASSWORD', 'Password for SASL'),
    isSecret: true,
    show: (password: string) => (password === '' ? '' : '***'),
  },
  snapshotSource: optionalText(
    'PAIRSTREAM_SNAPSHOT_SOURCE',
    'Folder of published snapshots: the snapshots folder in the state directory of `pairstream build-snapshots` or of another gateway. At the start, the gateway copies the newest snapshot if it is newer than its own. Empty: only its own',
  ),
} as const;
