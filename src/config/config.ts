import { closestMatch } from 'leven';
import { z } from 'zod';
import { PairstreamError } from '../errors/pairstream-error.js';
import { readSecretFiles, secretFileVariables } from './secret-files.js';
import { isServiceLink } from './service-links.js';
import type { Setting } from './setting-kinds.js';
import { TLS_FILE_SETTINGS } from './security-settings.js';
import { SETTINGS } from './settings.js';

/** The settings of a gateway; SETTINGS says what each is. */
export type Config = {
  readonly [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']>;
};

const PREFIX = 'PAIRSTREAM_';
/** Read by the tests, not by a gateway. */
const OTHER_VARIABLES = new Set(['PAIRSTREAM_REQUIRE_ALL']);

const schema = z.object({
  host: SETTINGS.host.schema,
  adminHost: SETTINGS.adminHost.schema,
  grpcPort: SETTINGS.grpcPort.schema,
  adminPort: SETTINGS.adminPort.schema,
  pipeline: SETTINGS.pipeline.schema,
  workers: SETTINGS.workers.schema,
  maxWorkerBlockMs: SETTINGS.maxWorkerBlockMs.schema,
  maxPairsPerMessage: SETTINGS.maxPairsPerMessage.schema,
  maxMessageBytes: SETTINGS.maxMessageBytes.schema,
  maxBufferedMessageBytes: SETTINGS.maxBufferedMessageBytes.schema,
  maxReceiveMs: SETTINGS.maxReceiveMs.schema,
  maxInFlightPairs: SETTINGS.maxInFlightPairs.schema,
  maxPairsPerStream: SETTINGS.maxPairsPerStream.schema,
  maxSharedBatchMs: SETTINGS.maxSharedBatchMs.schema,
  callerHeader: SETTINGS.callerHeader.schema,
  maxQueueMs: SETTINGS.maxQueueMs.schema,
  maxMessagesPerStream: SETTINGS.maxMessagesPerStream.schema,
  maxStreamsPerConnection: SETTINGS.maxStreamsPerConnection.schema,
  maxConnectionAgeS: SETTINGS.maxConnectionAgeS.schema,
  maxConnectionIdleS: SETTINGS.maxConnectionIdleS.schema,
  maxBatchRows: SETTINGS.maxBatchRows.schema,
  maxBatchDelayUs: SETTINGS.maxBatchDelayUs.schema,
  towerCacheMb: SETTINGS.towerCacheMb.schema,
  batchSlots: SETTINGS.batchSlots.schema,
  drainTimeoutMs: SETTINGS.drainTimeoutMs.schema,
  backend: SETTINGS.backend.schema,
  tritonUrls: SETTINGS.tritonUrls.schema,
  tritonSharedMemoryMb: SETTINGS.tritonSharedMemoryMb.schema,
  tritonTls: SETTINGS.tritonTls.schema,
  tritonTlsCa: SETTINGS.tritonTlsCa.schema,
  tritonTlsCertificate: SETTINGS.tritonTlsCertificate.schema,
  tritonTlsKey: SETTINGS.tritonTlsKey.schema,
  tritonTlsServerName: SETTINGS.tritonTlsServerName.schema,
  tritonHeaders: SETTINGS.tritonHeaders.schema,
  tritonMaxFailures: SETTINGS.tritonMaxFailures.schema,
  tritonHedgePercent: SETTINGS.tritonHedgePercent.schema,
  tritonHedgeDelayMs: SETTINGS.tritonHedgeDelayMs.schema,
  tritonReload: SETTINGS.tritonReload.schema,
  tritonReloadTimeoutS: SETTINGS.tritonReloadTimeoutS.schema,
  onnxThreads: SETTINGS.onnxThreads.schema,
  forestThreads: SETTINGS.forestThreads.schema,
  maxForestMb: SETTINGS.maxForestMb.schema,
  tlsCertificate: SETTINGS.tlsCertificate.schema,
  tlsKey: SETTINGS.tlsKey.schema,
  tlsClientCa: SETTINGS.tlsClientCa.schema,
  tlsHandshakeMs: SETTINGS.tlsHandshakeMs.schema,
  callersFile: SETTINGS.callersFile.schema,
  reflection: SETTINGS.reflection.schema,
  adminAllowedHosts: SETTINGS.adminAllowedHosts.schema,
  insecure: SETTINGS.insecure.schema,
  stateDir: SETTINGS.stateDir.schema,
  eventLog: SETTINGS.eventLog.schema,
  feedbackKeys: SETTINGS.feedbackKeys.schema,
  attributionDays: SETTINGS.attributionDays.schema,
  maxFeedbackInFlight: SETTINGS.maxFeedbackInFlight.schema,
  maxStartLag: SETTINGS.maxStartLag.schema,
  maxServedPairsMb: SETTINGS.maxServedPairsMb.schema,
  maxEventLogMb: SETTINGS.maxEventLogMb.schema,
  eventRetentionH: SETTINGS.eventRetentionH.schema,
  maxSeenPairs: SETTINGS.maxSeenPairs.schema,
  maxStatisticsMb: SETTINGS.maxStatisticsMb.schema,
  snapshotIntervalS: SETTINGS.snapshotIntervalS.schema,
  featureLogDir: SETTINGS.featureLogDir.schema,
  featureLogOneIn: SETTINGS.featureLogOneIn.schema,
  maxFeatureLogMb: SETTINGS.maxFeatureLogMb.schema,
  featureLogFileMb: SETTINGS.featureLogFileMb.schema,
  featureLogFileS: SETTINGS.featureLogFileS.schema,
  maxFeatureLogRows: SETTINGS.maxFeatureLogRows.schema,
  kafkaBrokers: SETTINGS.kafkaBrokers.schema,
  kafkaTopic: SETTINGS.kafkaTopic.schema,
  kafkaTls: SETTINGS.kafkaTls.schema,
  kafkaTlsCa: SETTINGS.kafkaTlsCa.schema,
  kafkaTlsCertificate: SETTINGS.kafkaTlsCertificate.schema,
  kafkaTlsKey: SETTINGS.kafkaTlsKey.schema,
  kafkaSasl: SETTINGS.kafkaSasl.schema,
  kafkaUsername: SETTINGS.kafkaUsername.schema,
  kafkaPassword: SETTINGS.kafkaPassword.schema,
  snapshotSource: SETTINGS.snapshotSource.schema,
  logLevel: SETTINGS.logLevel.schema,
});

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses the settings from environment variables. A setting that is not set has its default. Variables of Kubernetes' service
 * links are ignored.
 * @param processEnvironment default: the environment of this process
 * @throws PairstreamError INVALID_CONFIG that lists every problem: a value out of range, an unknown PAIRSTREAM_ variable
 */
export function loadConfig(processEnvironment: Environment = process.env): Config {
  const given = withoutServiceLinks(processEnvironment);
  const problems: string[] = [];
  const environment = { ...given, ...readSecretFiles(Object.values(SETTINGS), given, problems) };
  const values = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, { variable, defaultText }]) => [
      key,
      environment[variable] ?? defaultText,
    ]),
  );
  const parsed = schema.safeParse(values);
  problems.push(...unknownVariables(environment), ...valueProblems(parsed.error, values));
  if (parsed.success) problems.push(...contradictions(parsed.data));
  if (!parsed.success || problems.length > 0) {
    throw new PairstreamError('INVALID_CONFIG', problems.join('; '), {
      field: problems[0]?.split(':')[0] ?? PREFIX,
    });
  }
  return parsed.data;
}

/** Messages of the largest size that the memory for received messages has room for, at least. */
const BUFFERED_MESSAGES = 4;
/** Least default of maxBufferedMessageBytes. */
const LEAST_BUFFERED_BYTES = 67_108_864;

/** Bound on the bytes of received messages in memory: the setting, or its default of four of the largest messages. */
export function bufferedMessageBytes(
  config: Pick<Config, 'maxBufferedMessageBytes' | 'maxMessageBytes'>,
): number {
  const { maxBufferedMessageBytes, maxMessageBytes } = config;
  if (maxBufferedMessageBytes > 0) return maxBufferedMessageBytes;
  return Math.max(LEAST_BUFFERED_BYTES, BUFFERED_MESSAGES * maxMessageBytes);
}

/** Bound on the pairs in flight of one stream: the setting, or its default of PAIRSTREAM_MAX_IN_FLIGHT_PAIRS. */
export function pairsPerStream(config: Pick<Config, 'maxPairsPerStream' | 'maxInFlightPairs'>): number {
  const { maxPairsPerStream, maxInFlightPairs } = config;
  return maxPairsPerStream > 0 ? maxPairsPerStream : maxInFlightPairs;
}

/** Contradictions between settings. */
function contradictions(config: Config): string[] {
  const { maxInFlightPairs, maxPairsPerMessage, tritonTls } = config;
  const problems: string[] = [];
  if (maxInFlightPairs < maxPairsPerMessage)
    problems.push(
      `${SETTINGS.maxInFlightPairs.variable}: ${maxInFlightPairs}, expected at least ${SETTINGS.maxPairsPerMessage.variable} (${maxPairsPerMessage})`,
    );
  const leastBuffered = BUFFERED_MESSAGES * config.maxMessageBytes;
  if (config.maxBufferedMessageBytes > 0 && config.maxBufferedMessageBytes < leastBuffered)
    problems.push(
      `${SETTINGS.maxBufferedMessageBytes.variable}: ${config.maxBufferedMessageBytes}, expected 0 or at least ${BUFFERED_MESSAGES} times ${SETTINGS.maxMessageBytes.variable} (${leastBuffered})`,
    );
  // Who names a certificate and forgets the switch would talk in plain text.
  for (const key of TLS_SETTINGS)
    if (tritonTls === 'off' && config[key] !== '')
      problems.push(
        `${SETTINGS[key].variable}: "${config[key]}", expected ${SETTINGS.tritonTls.variable}=on with it`,
      );
  if (config.featureLogDir !== '' && config.stateDir === '')
    problems.push(
      `${SETTINGS.stateDir.variable}: "", expected a folder with ${SETTINGS.featureLogDir.variable}: rows are joined with feedback`,
    );
  problems.push(...missingForTls(config));
  if (config.eventLog === 'kafka') problems.push(...missingForKafka(config));
  return problems;
}

/** A certificate needs its key, and client certificates need both. */
function missingForTls(config: Config): string[] {
  if (TLS_FILE_SETTINGS.every((key) => config[key] === '')) return [];
  return (['tlsCertificate', 'tlsKey'] as const)
    .filter((key) => config[key] === '')
    .map(
      (key) =>
        `${SETTINGS[key].variable}: "", expected a PEM file: ${SETTINGS.tlsCertificate.variable} and ${SETTINGS.tlsKey.variable} are set together`,
    );
}

/** Gateways that share a log must verify each other's tokens, so that no gateway may make keys of its own. */
function missingForKafka(config: Config): string[] {
  const { stateDir, feedbackKeys, kafkaTls, kafkaTlsCertificate, kafkaTlsKey } = config;
  const problems: string[] = [];
  if (stateDir === '')
    problems.push(
      `${SETTINGS.stateDir.variable}: "", expected a folder with ${SETTINGS.eventLog.variable}=kafka`,
    );
  if (feedbackKeys === '')
    problems.push(
      `${SETTINGS.feedbackKeys.variable}: "", expected the same keys for all gateways with ${SETTINGS.eventLog.variable}=kafka`,
    );
  for (const key of KAFKA_TLS_SETTINGS)
    if (kafkaTls === 'off' && config[key] !== '')
      problems.push(
        `${SETTINGS[key].variable}: "${config[key]}", expected ${SETTINGS.kafkaTls.variable}=on with it`,
      );
  for (const [key, other] of [
    ['kafkaTlsCertificate', 'kafkaTlsKey'],
    ['kafkaTlsKey', 'kafkaTlsCertificate'],
  ] as const)
    if ((kafkaTlsCertificate === '') !== (kafkaTlsKey === '') && config[key] === '')
      problems.push(`${SETTINGS[key].variable}: "", expected a PEM file with ${SETTINGS[other].variable}`);
  return [...problems, ...missingForSasl(config)];
}

/** User and password without SASL would be sent to nobody; SASL needs both. */
function missingForSasl(config: Config): string[] {
  const problems: string[] = [];
  for (const [key, kind] of [
    ['kafkaUsername', 'a user name'],
    ['kafkaPassword', 'a password'],
  ] as const) {
    const { variable } = SETTINGS[key];
    const sasl = SETTINGS.kafkaSasl.variable;
    if (config.kafkaSasl !== 'off' && config[key] === '')
      problems.push(`${variable}: "", expected ${kind} with ${sasl}=${config.kafkaSasl}`);
    if (config.kafkaSasl === 'off' && config[key] !== '')
      problems.push(`${variable}: expected ${sasl} with it, which is off`);
  }
  return problems;
}

const KAFKA_TLS_SETTINGS = ['kafkaTlsCa', 'kafkaTlsCertificate', 'kafkaTlsKey'] as const;
const TLS_SETTINGS = ['tritonTlsCa', 'tritonTlsCertificate', 'tritonTlsKey', 'tritonTlsServerName'] as const;

function withoutServiceLinks(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => !name.startsWith(PREFIX) || value === undefined || !isServiceLink(name, value),
    ),
  );
}

function unknownVariables(environment: Environment): string[] {
  const settings = Object.values(SETTINGS);
  const known = [...settings.map(({ variable }): string => variable), ...secretFileVariables(settings)];
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !OTHER_VARIABLES.has(name))
    .map((name) => `${name}: no such setting, did you mean ${closestMatch(name, known)}?`);
}

function valueProblems(error: z.ZodError | undefined, values: Readonly<Record<string, string>>): string[] {
  const settings = new Map<PropertyKey, Setting>(Object.entries(SETTINGS));
  return (error?.issues ?? []).map(({ path, message }) => {
    const key = String(path[0]);
    const { variable = key, isSecret = false } = settings.get(key) ?? {};
    return `${variable}: ${isSecret ? 'the value' : JSON.stringify(values[key])}, ${message}`;
  });
}
