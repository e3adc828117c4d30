import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaLog } from '../../../feedback/log/kafka/kafka-log.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { quantileOf, spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { BareTopic } from './bare-topic.js';
import { FeedbackGateway } from './feedback-gateway.js';
import { EVENT_BYTES } from '../../../feedback/events/event-record.js';
import { randomEvents } from './random-events.js';
import { KafkaServer } from './kafka-server.js';

/** Rounds of both sides by turns. The first warms up and does not count. */
const ROUNDS = 7;
const EVENTS_PER_ROUND = 120_000;
const STREAMS = 8;
const EVENTS_PER_APPEND = 100;
const PARTITIONS = 6;
/** Single events whose way from acknowledgement to delivery is timed, and the pause between two. */
const TIMED_EVENTS = 300;
const PAUSE_MS = 10;

/** Time and CPU of one round of one side. */
interface Round {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
}

/** One round of each side. */
interface Turn {
  readonly log: Round;
  readonly bare: Round;
  readonly feedback: Round;
}

/**
 * Measures Kafka with a broker on the same cores, by turns:
 * - events appended to the Kafka log by 8 streams in calls of 100, until the log has delivered all of them
 * - the same messages by the bare client library
 * - as many events over the stream Feedback of a gateway, until all are applied to its statistics
 * @param root of the repository
 * @param work folder for the state of the gateway, created if needed
 * @param rows pairs of the feedback
 * @returns undefined if this machine lacks Java or Maven
 */
export async function benchKafkaLog(
  root: string,
  work: string,
  rows: readonly PartRow[],
): Promise<Figure[] | undefined> {
  await using server = await KafkaServer.start(root);
  if (server === undefined) {
    console.error('kafka-log: skipped, because this machine lacks Java 17 or Maven');
    return undefined;
  }
  mkdirSync(work, { recursive: true });
  const stateDir = mkdtempSync(join(work, 'bench-kafka-'));
  try {
    await server.createTopic({ name: 'feedback', partitionCount: PARTITIONS });
    await using gateway = await FeedbackGateway.start(server, 'feedback', stateDir, rows);
    const turns: Turn[] = [];
    let messageBytes: readonly number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const log = await logRound(server, `log-${round}`);
      messageBytes = log.messageBytes;
      const bare = await bareRound(server, `bare-${round}`, messageBytes);
      turns.push({ log, bare, feedback: await feedbackRound(gateway) });
    }
    const eventsPerMessage = EVENTS_PER_ROUND / messageBytes.length;
    return [...contestFigures(turns.slice(1), eventsPerMessage), ...(await delayFigures(server))];
  } finally {
    rmSync(stateDir, { recursive: true });
  }
}

async function feedbackRound(gateway: FeedbackGateway): Promise<Round> {
  const tokens = await gateway.takeTokens(EVENTS_PER_ROUND);
  const startedUs = await gateway.cpuUs();
  const { eventsPerSecond } = await timed(() => gateway.sendAndApply(tokens));
  return { eventsPerSecond, cpuUsPerEvent: ((await gateway.cpuUs()) - startedUs) / EVENTS_PER_ROUND };
}

async function logRound(
  server: KafkaServer,
  topic: string,
): Promise<Round & { readonly messageBytes: readonly number[] }> {
  await using opened = await openLog(server, topic);
  const { log } = opened;
  const messageBytes: number[] = [];
  // With the event that `openLog` has appended.
  let left = (EVENTS_PER_ROUND + 1) * EVENT_BYTES;
  const delivered = Promise.withResolvers<void>();
  await log.consume(undefined, ({ events }) => {
    messageBytes.push(events.length);
    left -= events.length;
    if (left === 0) delivered.resolve();
  });
  const events = randomEvents(EVENTS_PER_ROUND);
  const step = EVENTS_PER_APPEND * EVENT_BYTES;
  let next = 0;
  const stream = async (): Promise<void> => {
    while (next < events.length) {
      const at = next;
      next += step;
      await log.append(events.subarray(at, at + step));
    }
  };
  const round = await timed(async () => {
    await Promise.all(Array.from({ length: STREAMS }, stream));
    await delivered.promise;
  });
  return { ...round, messageBytes };
}

async function bareRound(
  server: KafkaServer,
  topic: string,
  messageBytes: readonly number[],
): Promise<Round> {
  await server.createTopic({ name: topic, partitionCount: PARTITIONS });
  await using bare = await BareTopic.open(server.address, topic, PARTITIONS);
  return await timed(() => bare.sendAndReceive(messageBytes));
}

async function timed(run: () => Promise<void>): Promise<Round> {
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(startedCpu);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { eventsPerSecond: EVENTS_PER_ROUND / seconds, cpuUsPerEvent: (user + system) / EVENTS_PER_ROUND };
}

async function openLog(
  server: KafkaServer,
  topic: string,
): Promise<AsyncDisposable & { readonly log: KafkaLog }> {
  await server.createTopic({ name: topic, partitionCount: PARTITIONS });
  const log = await KafkaLog.open({ brokers: [server.address], topic, warn: (line) => console.error(line) });
  // The first append of a producer asks for its id.
  await log.append(randomEvents(1));
  return { log, [Symbol.asyncDispose]: () => log.close() };
}

function contestFigures(turns: readonly Turn[], eventsPerMessage: number): Figure[] {
  const figure = (name: string, unit: string, samples: readonly number[]): Figure => {
    const { median: value, p10, p90 } = spreadOf(samples);
    return { name, unit, value, p10, p90 };
  };
  const speeds = (side: keyof Turn): number[] => turns.map((turn) => turn[side].eventsPerSecond);
  const cpus = (side: keyof Turn): number[] => turns.map((turn) => turn[side].cpuUsPerEvent);
  const ratio = (side: keyof Turn): number[] =>
    turns.map((turn) => turn[side].eventsPerSecond / turn.bare.eventsPerSecond);
  const note = `median of ${turns.length} rounds by turns`;
  return [
    {
      ...figure('Kafka log, produce and consume', 'events/s', speeds('log')),
      target: '>= 20,000',
      note: `${STREAMS} streams, calls of ${EVENTS_PER_APPEND} events, ${PARTITIONS} partitions; broker on the same cores`,
    },
    {
      ...figure('bare client library, the same messages', 'events/s', speeds('bare')),
      note: `${eventsPerMessage.toFixed(0)} events a message on average`,
    },
    {
      ...figure('Feedback with Kafka: sent, produced, consumed, applied', 'events/s', speeds('feedback')),
      target: '>= 20,000',
      note: 'one stream, requests of 100 events; client, gateway and broker on the same cores',
    },
    { ...figure('Kafka log / bare client library', '', ratio('log')), target: '>= 0.6', note },
    { ...figure('Feedback with Kafka / bare client library', '', ratio('feedback')), target: '>= 0.6', note },
    figure('CPU of the Kafka log', 'us/event', cpus('log')),
    figure('CPU of the bare client library', 'us/event', cpus('bare')),
    figure('CPU of the gateway for feedback', 'us/event', cpus('feedback')),
    { name: 'resident memory of this process', unit: 'MB', value: process.memoryUsage.rss() / 1e6 },
  ];
}

async function delayFigures(server: KafkaServer): Promise<Figure[]> {
  await using opened = await openLog(server, 'delay');
  const { log } = opened;
  const delaysMs: number[] = [];
  let delivered = Promise.withResolvers<number>();
  await log.consume(undefined, () => delivered.resolve(performance.now()));
  for (let i = 0; i < TIMED_EVENTS; i += 1) {
    delivered = Promise.withResolvers();
    await log.append(randomEvents(1));
    const acknowledgedMs = performance.now();
    delaysMs.push(Math.max(0, (await delivered.promise) - acknowledgedMs));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return [
    {
      name: 'acknowledgement to delivery, p99',
      unit: 'ms',
      value: quantileOf(delaysMs, 0.99),
      target: '<= 250',
      note: `p50 ${quantileOf(delaysMs, 0.5).toFixed(1)} ms, ${TIMED_EVENTS} single events`,
    },
  ];
}
