import { closestMatch } from 'leven';
import { z } from 'zod';
import { PairstreamError } from '../errors/pairstream-error.js';
import { isServiceLink } from './service-links.js';
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
  maxPairsPerMessage: SETTINGS.maxPairsPerMessage.schema,
  maxMessageBytes: SETTINGS.maxMessageBytes.schema,
  maxBufferedMessageBytes: SETTINGS.maxBufferedMessageBytes.schema,
  maxReceiveMs: SETTINGS.maxReceiveMs.schema,
  maxInFlightPairs: SETTINGS.maxInFlightPairs.schema,
  maxQueueMs: SETTINGS.maxQueueMs.schema,
  maxMessagesPerStream: SETTINGS.maxMessagesPerStream.schema,
  maxStreamsPerConnection: SETTINGS.maxStreamsPerConnection.schema,
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
  onnxThreads: SETTINGS.onnxThreads.schema,
  forestThreads: SETTINGS.forestThreads.schema,
  maxForestMb: SETTINGS.maxForestMb.schema,
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
  const environment = withoutServiceLinks(processEnvironment);
  const values = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, { variable, defaultText }]) => [
      key,
      environment[variable] ?? defaultText,
    ]),
  );
  const parsed = schema.safeParse(values);
  const problems = [...unknownVariables(environment), ...valueProblems(parsed.error, values)];
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
  return problems;
}

const TLS_SETTINGS = ['tritonTlsCa', 'tritonTlsCertificate', 'tritonTlsKey', 'tritonTlsServerName'] as const;

function withoutServiceLinks(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => !name.startsWith(PREFIX) || value === undefined || !isServiceLink(name, value),
    ),
  );
}

function unknownVariables(environment: Environment): string[] {
  const known = Object.values(SETTINGS).map(({ variable }): string => variable);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !OTHER_VARIABLES.has(name))
    .map((name) => `${name}: no such setting, did you mean ${closestMatch(name, known)}?`);
}

function valueProblems(error: z.ZodError | undefined, values: Readonly<Record<string, string>>): string[] {
  const variables = new Map<PropertyKey, string>(
    Object.entries(SETTINGS).map(([key, { variable }]) => [key, variable]),
  );
  return (error?.issues ?? []).map(({ path, message }) => {
    const key = String(path[0]);
    return `${variables.get(key) ?? key}: ${JSON.stringify(values[key])}, ${message}`;
  });
}
