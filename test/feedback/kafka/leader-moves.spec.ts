import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import type { PredictOutput } from '@pairstream/client';
import type { KafkaServer } from '../../../src/offline/bench/kafka/kafka-server.js';
import {
  eventsOf,
  sendFeedback,
  startLearningGateway,
  tokensOf,
} from '../../support/feedback/learning-gateway.js';
import { stateFolder } from '../../support/feedback/state-world.js';
import { appendAll, FollowedLog } from '../../support/kafka/followed-log.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { eventsOfPairs } from '../../support/kafka/numbered-events.js';
import { exampleRows, requestOf } from '../../support/requests/example-rows.js';

const PARTITIONS = 3;
const PER_GROUP = 25;
const POLL_MS = 100;
const WAIT = { timeout: 150_000, interval: POLL_MS };
/** Node that leads all partitions while it runs. Node 1 is the controller, which has no second. */
const LEADER = 2;

// Partitions go back to their preferred leader at once.
const broker = useKafkaBroker(() => ({
  'auto.leader.rebalance.enable': 'true',
  'leader.imbalance.check.interval.seconds': '1',
  'leader.imbalance.per.broker.percentage': '0',
}));

const GATEWAY_TOPIC = 'moves-gateway';
const LOG_TOPIC = 'moves-log';
const TOPICS = [GATEWAY_TOPIC, LOG_TOPIC];

let second: Promise<KafkaServer> | undefined;

/** The second node, which leads the partitions of new topics; their other replica is on the node of the controller. */
async function leaderOf(
  topics: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<KafkaServer> {
  const leader = await (second ??= broker().addNode(LEADER));
  for (const name of topics)
    await broker().createTopic({ name, partitionCount: PARTITIONS, replicas: [LEADER, 1], settings });
  return leader;
}

afterAll(async () => (await second)?.[Symbol.asyncDispose]());

/** Node ids of the leaders of both topics, each once. */
async function leaders(): Promise<number[]> {
  const { topics } = await broker().administer((admin) =>
    admin.metadata({ topics: TOPICS, forceUpdate: true }),
  );
  return [
    ...new Set([...topics.values()].flatMap(({ partitions }) => partitions.map(({ leader }) => leader))),
  ];
}

it('a leader is killed under load and leads again later: no acknowledged event is lost or doubled, predictions go on', async () => {
  const leader = await leaderOf(TOPICS);
  const brokers = [broker().address, leader.address];
  const rows = await exampleRows(600);
  await using gateway = await startLearningGateway(stateFolder(), {
    eventLog: 'kafka',
    kafkaBrokers: brokers.join(','),
    kafkaTopic: GATEWAY_TOPIC,
    feedbackKeys: `1:${'ab'.repeat(16)}`,
  });
  const { client } = gateway;
  const tokens = await tokensOf(client, rows);
  await using log = await (await FollowedLog.open(broker(), LOG_TOPIC, { brokers })).consume();

  const ending = new AbortController();
  const { signal } = ending;
  /** Sends the events of the rows one by one; each again until it is acknowledged. */
  const feedback = async (): Promise<void> => {
    for (const [at, row] of rows.entries()) {
      const send = (): Promise<string> =>
        sendFeedback(client, eventsOf([tokens[at]!], [row])).then(() => 'acknowledged', String);
      while ((await send()) !== 'acknowledged') await setTimeout(POLL_MS);
      if (!signal.aborted && at > rows.length / 4) await setTimeout(POLL_MS);
    }
  };
  const predictions: PredictOutput[] = [];
  const predict = async (): Promise<void> => {
    while (!signal.aborted) {
      predictions.push(await client.predict(requestOf(rows.slice(0, 10))));
      await setTimeout(POLL_MS);
    }
  };
  let next = 0;
  const append = async (): Promise<number> => {
    let failureCount = 0;
    while (!signal.aborted) {
      const first = next;
      next += PER_GROUP;
      failureCount += (await appendAll(log.log, first, 1, PER_GROUP)).length;
    }
    return failureCount;
  };
  /** Waits until the log has acknowledged more events. */
  const acknowledgesMore = async (): Promise<void> => {
    const { appendedCount } = log.log.state;
    const more = appendedCount + 20 * PER_GROUP;
    await expect.poll(() => log.log.state.appendedCount, WAIT).toBeGreaterThan(more);
  };
  const running = Promise.all([append(), append(), feedback(), predict()]);
  await acknowledgesMore();
  await leader.stop('SIGKILL');
  const predicted = predictions.length;
  await expect.poll(leaders, WAIT).toEqual([1]);
  await acknowledgesMore();
  expect(predictions.length).toBeGreaterThan(predicted);
  await leader.start();
  await expect.poll(leaders, WAIT).toEqual([LEADER]);
  await acknowledgesMore();
  ending.abort();
  const [failures, otherFailures] = await running;

  await using fresh = await (await FollowedLog.open(broker(), LOG_TOPIC)).consume();
  const sorted = fresh.numbers.toSorted((a, b) => a - b);
  expect([...new Set(sorted)]).toEqual(Array.from({ length: next }, (_, i) => i));
  // Only an append that failed can be in the topic twice: its caller has sent it again.
  expect(sorted.length - next).toBeLessThanOrEqual((failures + otherFailures) * PER_GROUP);
  await log.until(sorted.length);
  expect(log.numbers.toSorted((a, b) => a - b)).toEqual(sorted);
  expect(log.warnings.at(-1)).toBe(`topic ${LOG_TOPIC} is delivered again`);
  expect(predictions.every(({ like }) => like.length === 10 && like.every(Number.isFinite))).toBe(true);
  const learning = async (): Promise<unknown> =>
    (await fetch(`${gateway.adminUrl}/admin/v1/learning`)).json();
  await expect.poll(learning, WAIT).toMatchObject({ appliedCount: rows.length, lagCount: 0 });
});

it('a frozen leader that is the first address: events go on by the other; with min.insync.replicas=2 they are refused', async () => {
  const [topic, strictTopic] = ['frozen', 'frozen-strict'];
  const leader = await leaderOf([topic]);
  await leaderOf([strictTopic], { 'min.insync.replicas': '2' });
  const brokers = [leader.address, broker().address];
  await using log = await (await FollowedLog.open(broker(), topic, { brokers })).consume();
  await using strict = await FollowedLog.open(broker(), strictTopic, { brokers });
  await strict.log.append(eventsOfPairs(0, 1));
  await appendAll(log.log, 0, 20, PER_GROUP);
  process.kill(leader.processId!, 'SIGSTOP');
  onTestFinished(() => void process.kill(leader.processId!, 'SIGCONT'));
  await appendAll(log.log, 20 * PER_GROUP, 20, PER_GROUP);
  await log.until(40 * PER_GROUP);
  // A gateway that starts now asks the frozen broker first.
  await using fresh = await (await FollowedLog.open(broker(), topic, { brokers })).consume();
  expect(new Set(fresh.numbers).size).toBe(40 * PER_GROUP);
  const problem = (): Promise<string> =>
    strict.log.append(eventsOfPairs(1, 1)).then(() => 'acknowledged', String);
  await expect.poll(problem, WAIT).toContain('in sync than min.insync.replicas of the topic');
});
