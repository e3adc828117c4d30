import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, type TestContext } from 'vitest';
import { KafkaServer, type NodeSettings } from '../../../src/offline/bench/kafka/kafka-server.js';
import { ROOT } from '../gateway/test-gateway.js';
import { runProgram } from '../processes/run-program.js';

/** Exit status of scripts/kafka-jars.sh on a machine without Java or Maven. */
const CANNOT_BE_HAD = 3;

/** The first run downloads the jars. */
const PREPARE_KAFKA_MS = 600_000;

/** Starts Kafka brokers, or says why this machine has none. */
interface KafkaRunner {
  /** True if Kafka is missing and may be: tests are then skipped, by name. */
  readonly isOptionalAndMissing: boolean;
  /** Why Kafka is missing; empty if it is there. */
  readonly reason: string;
  /** @throws Error if Kafka is missing or the broker does not start */
  readonly start: (
    settingsOf?: (listeners: string) => NodeSettings | Promise<NodeSettings>,
  ) => Promise<KafkaServer>;
}

/** Finds or downloads the jars of Kafka. @throws Error if the download fails */
async function prepareKafka(): Promise<KafkaRunner> {
  const { status, stderr } = await runProgram(join(ROOT, 'scripts/kafka-jars.sh'), []);
  if (status !== 0 && status !== CANNOT_BE_HAD) throw new Error(stderr);
  return {
    isOptionalAndMissing: status !== 0 && process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1',
    reason: status === 0 ? '' : stderr,
    start: async (settingsOf) => {
      const server = await KafkaServer.start(ROOT, settingsOf);
      if (server === undefined) throw new Error(stderr);
      return server;
    },
  };
}

/**
 * Starts one broker for the tests of a file and ends it after them. Without Kafka, the tests are skipped by name, or fail if it is
 * required.
 * @param settingsOf gives settings of the node, see KafkaServer.start
 * @returns gives the broker, once a test runs
 */
export function useKafkaBroker(
  settingsOf?: (listeners: string) => NodeSettings | Promise<NodeSettings>,
): () => KafkaServer {
  let runner: KafkaRunner;
  let broker: KafkaServer | undefined;
  beforeAll(async () => {
    runner = await prepareKafka();
    if (!runner.isOptionalAndMissing) broker = await runner.start(settingsOf);
  }, PREPARE_KAFKA_MS);
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]();
  });
  beforeEach((context: TestContext) => {
    if (runner.isOptionalAndMissing) context.skip(runner.reason);
  });
  return () => {
    if (broker === undefined) throw new Error('the broker has not started');
    return broker;
  };
}
