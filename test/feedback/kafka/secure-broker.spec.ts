import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { KafkaLog } from '../../../src/feedback/log/kafka/kafka-log.js';
import { eventLogSettingsOf } from '../../../src/gateway/feedback/event-log-settings.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { eventsOfPairs, numbersOf } from '../../support/kafka/numbered-events.js';
import { createScramUser, SecureListeners } from '../../support/kafka/secure-listeners.js';

const TOPIC = 'secure';
const folder = mkdtempSync(join(tmpdir(), 'kafka-pem-'));
const listeners = await SecureListeners.create(folder);
const broker = useKafkaBroker((plain) => listeners.settingsOf(plain));
let isPrepared: Promise<void> | undefined;

async function prepare(): Promise<void> {
  await broker().createTopic({ name: TOPIC, partitionCount: 2 });
  await createScramUser(broker().address, 'bob', 'secret-of-bob');
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Settings without PAIRSTREAM_KAFKA_. */
type Settings = Readonly<Record<string, string>>;

/** Opens the log as a gateway with these settings does. */
async function open(settings: Settings): Promise<KafkaLog> {
  await (isPrepared ??= prepare());
  const named = Object.entries(settings).map(([name, value]) => [`PAIRSTREAM_KAFKA_${name}`, value]);
  const config = loadConfig({
    PAIRSTREAM_EVENT_LOG: 'kafka',
    PAIRSTREAM_STATE_DIR: folder,
    PAIRSTREAM_FEEDBACK_KEYS: `1:${'ab'.repeat(16)}`,
    PAIRSTREAM_KAFKA_TOPIC: TOPIC,
    ...Object.fromEntries(named),
  });
  const log = eventLogSettingsOf(config);
  if (log.kind !== 'kafka') throw new Error('expected the settings of Kafka');
  return await KafkaLog.open({ ...log, warn: () => undefined });
}

const TLS = { TLS: 'on', TLS_CA: listeners.pem('ca') };
const CLIENT = { TLS_CERTIFICATE: listeners.pem('client'), TLS_KEY: listeners.pem('client-key') };
const STRANGER = { TLS_CERTIFICATE: listeners.pem('other'), TLS_KEY: listeners.pem('other-key') };
const ALICE = { SASL: 'PLAIN', USERNAME: 'alice', PASSWORD: 'secret-of-alice' };
const BOB = { USERNAME: 'bob', PASSWORD: 'secret-of-bob' };
const on = (name: 'TLS' | 'MTLS' | 'SASL' | 'SASLTLS', host?: string): Settings => ({
  BROKERS: listeners.addressOf(name, host),
});

it.each<[string, Settings]>([
  ['TLS', { ...on('TLS'), ...TLS }],
  ['mutual TLS', { ...on('MTLS'), ...TLS, ...CLIENT }],
  ['SASL PLAIN', { ...on('SASL'), ...ALICE }],
  ['SASL PLAIN over TLS', { ...on('SASLTLS'), ...TLS, ...ALICE }],
  ['SCRAM-SHA-256', { ...on('SASL'), ...BOB, SASL: 'SCRAM-SHA-256' }],
  ['SCRAM-SHA-512', { ...on('SASL'), ...BOB, SASL: 'SCRAM-SHA-512' }],
  ['SCRAM-SHA-256 over TLS', { ...on('SASLTLS'), ...TLS, ...BOB, SASL: 'SCRAM-SHA-256' }],
  ['SCRAM-SHA-512 over TLS', { ...on('SASLTLS'), ...TLS, ...BOB, SASL: 'SCRAM-SHA-512' }],
])('appends and delivers: %s', async (_, settings) => {
  const log = await open(settings);
  await log.append(eventsOfPairs(1, 3));
  const numbers: number[] = [];
  await log.consume(undefined, ({ events }) => void numbers.push(...numbersOf(events)));
  await log.close();
  expect(new Set(numbers)).toEqual(new Set([1, 2, 3]));
});

it.each<[string, Settings, string]>([
  [
    'an authority that did not sign the certificate',
    { ...on('TLS'), TLS: 'on', TLS_CA: listeners.pem('other-ca') },
    'unable to verify the first certificate); PAIRSTREAM_KAFKA_TLS_CA must name the authority',
  ],
  [
    'no authority, for a certificate of an own one',
    { ...on('TLS'), TLS: 'on' },
    'PAIRSTREAM_KAFKA_TLS_CA must name the authority',
  ],
  [
    'another name than that of the certificate',
    { ...on('TLS', 'localhost'), ...TLS },
    'PAIRSTREAM_KAFKA_BROKERS and advertised.listeners of the brokers must use a name of the certificate',
  ],
  [
    'no client certificate',
    { ...on('MTLS'), ...TLS },
    'the broker may require a client certificate (PAIRSTREAM_KAFKA_TLS_CERTIFICATE)',
  ],
  [
    'a client certificate of another authority',
    { ...on('MTLS'), ...TLS, ...STRANGER },
    'the broker may not trust the authority of PAIRSTREAM_KAFKA_TLS_CERTIFICATE',
  ],
  ['plain text to TLS', on('TLS'), 'Broker requires TLS.; set PAIRSTREAM_KAFKA_TLS=on'],
  ['SASL without TLS to TLS', { ...on('SASLTLS'), ...ALICE }, 'set PAIRSTREAM_KAFKA_TLS=on'],
  [
    'TLS to plain text',
    { ...on('SASL'), ...TLS, ...ALICE },
    'set PAIRSTREAM_KAFKA_TLS=off or name another port',
  ],
  ['no SASL', on('SASL'), 'the broker may require SASL (PAIRSTREAM_KAFKA_SASL)'],
  ['no SASL over TLS', { ...on('SASLTLS'), ...TLS }, 'the broker may require SASL (PAIRSTREAM_KAFKA_SASL)'],
  [
    'SASL to a listener without it',
    { ...on('TLS'), ...TLS, ...ALICE },
    'this port of PAIRSTREAM_KAFKA_BROKERS has no SASL; set PAIRSTREAM_KAFKA_SASL=off',
  ],
  [
    'a wrong password',
    { ...on('SASL'), ...ALICE, PASSWORD: 'wrong' },
    'SASL authentication failed.); check PAIRSTREAM_KAFKA_USERNAME, PAIRSTREAM_KAFKA_PASSWORD',
  ],
  ['an unknown user', { ...on('SASL'), ...ALICE, USERNAME: 'nobody' }, 'check PAIRSTREAM_KAFKA_USERNAME'],
  [
    'a wrong password of SCRAM over TLS',
    { ...on('SASLTLS'), ...TLS, ...BOB, SASL: 'SCRAM-SHA-512', PASSWORD: 'wrong' },
    'check PAIRSTREAM_KAFKA_USERNAME',
  ],
  [
    'a user of another mechanism',
    { ...on('SASL'), ...ALICE, SASL: 'SCRAM-SHA-256' },
    'PAIRSTREAM_KAFKA_PASSWORD and PAIRSTREAM_KAFKA_SASL',
  ],
  [
    'a user without rights',
    { ...on('SASL'), SASL: 'PLAIN', USERNAME: 'mallory', PASSWORD: 'secret-of-mallory' },
    'needs the operations Describe, Read and Write on the topic',
  ],
])('fails with one line that names the setting: %s', async (_, settings, problem) => {
  const error: unknown = await open(settings).then(
    (log) => log.close(),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: 'EVENT_LOG_UNAVAILABLE',
    message: expect.stringContaining(problem),
  });
  const { message } = error as Error;
  expect(message).toMatch(new RegExp(`^topic ${TOPIC} at ${settings['BROKERS']}: .+$`));
  expect(message).not.toMatch(/secret-of|wrong/);
});

it.each<[string, Settings, RegExp]>([
  [
    'an authority that is no PEM',
    { TLS_CA: listeners.pem('no-pem') },
    /^PAIRSTREAM_KAFKA_TLS_CA: ".*no-pem.pem" is no certificate \(.*\), expected a PEM file$/,
  ],
  [
    'a missing file',
    { TLS_CA: listeners.pem('missing') },
    /^PAIRSTREAM_KAFKA_TLS_CA: ".*missing.pem" .*, expected a PEM file$/,
  ],
  [
    'a key of another certificate',
    { TLS_CERTIFICATE: listeners.pem('client'), TLS_KEY: listeners.pem('other-key') },
    /^PAIRSTREAM_KAFKA_TLS_KEY: ".*other-key.pem" is no private key of PAIRSTREAM_KAFKA_TLS_CERTIFICATE \(.*\)$/,
  ],
  [
    'a certificate in the place of the key',
    { TLS_CERTIFICATE: listeners.pem('client'), TLS_KEY: listeners.pem('client') },
    /^PAIRSTREAM_KAFKA_TLS_KEY: ".*client.pem" is no private key of PAIRSTREAM_KAFKA_TLS_CERTIFICATE/,
  ],
])('refuses files before it connects: %s', async (_, settings, problem) => {
  await expect(open({ ...on('MTLS'), TLS: 'on', ...settings })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringMatching(problem),
  });
});
