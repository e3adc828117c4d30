import { expect, it } from 'vitest';
import { EVENT_BYTES } from '../../../src/feedback/events/event-record.js';
import type { LogPosition } from '../../../src/feedback/log/event-log.js';
import { startLearningGateway } from '../../support/feedback/learning-gateway.js';
import { stateFolder } from '../../support/feedback/state-world.js';
import { exampleRows, requestOf } from '../../support/requests/example-rows.js';
import { eventsOfPairs } from '../../support/kafka/numbered-events.js';
import { appendAll, FollowedLog } from '../../support/kafka/followed-log.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';

const GROUPS = 40;
const PER_GROUP = 25;

const broker = useKafkaBroker();
let topicCount = 0;

async function newTopic(): Promise<string> {
  topicCount += 1;
  const topic = `faults-${topicCount}`;
  await broker().createTopic({ name: topic, partitionCount: 3 });
  return topic;
}

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'a broker that ends by %s and starts again loses and doubles no event that was appended once',
  async (signal) => {
    const topic = await newTopic();
    await using log = await (await FollowedLog.open(broker(), topic)).consume();
    await appendAll(log.log, 0, GROUPS, PER_GROUP);
    const appending = appendAll(log.log, GROUPS * PER_GROUP, GROUPS, PER_GROUP);
    await log.until((GROUPS + 2) * PER_GROUP);
    await broker().stop(signal);
    await expect(log.log.append(eventsOfPairs(-1, 1))).rejects.toMatchObject({
      code: 'EVENT_LOG_UNAVAILABLE',
      retryAfterMs: 1_000,
    });
    await broker().start();
    await appending;
    await log.log.append(eventsOfPairs(2 * GROUPS * PER_GROUP, 1));
    await using fresh = await (await FollowedLog.open(broker(), topic)).consume();
    const expected = Array.from({ length: 2 * GROUPS * PER_GROUP + 1 }, (_, i) => i);
    // An append that failed may be in the log all the same, once or, sent again by its caller, twice.
    const distinct = [...new Set(fresh.numbers)].filter((number) => number >= 0).sort((a, b) => a - b);
    expect(distinct).toEqual(expected);
    expect(fresh.numbers.length - expected.length).toBeLessThanOrEqual(2 * PER_GROUP);
    await log.until(fresh.numbers.length);
    expect([...log.numbers].sort((a, b) => a - b)).toEqual([...fresh.numbers].sort((a, b) => a - b));
    expect(log.warnings.at(0)).toContain(`topic ${topic} at ${broker().address}: `);
    expect(log.warnings.at(-1)).toBe(`topic ${topic} is delivered again`);
    expect(log.log.state.isAway).toBe(false);
  },
);

it('a position from before the restart of the broker continues after it', async () => {
  const topic = await newTopic();
  await using log = await (await FollowedLog.open(broker(), topic)).consume();
  await appendAll(log.log, 0, 10, 10);
  await log.until(100);
  const middle: LogPosition = log.positions[Math.floor(log.positions.length / 2)]!;
  const groupsAfter = log.positions.length - Math.floor(log.positions.length / 2) - 1;
  await broker().stop('SIGKILL');
  await broker().start();
  await using rest = await (await FollowedLog.open(broker(), topic)).consume(middle);
  expect(rest.positions).toHaveLength(groupsAfter);
});

it('a frozen broker: appends fail after the timeout, wait in a bounded queue, and BUSY above the bound', async () => {
  const topic = await newTopic();
  const maxUnsyncedBytes = 100 * EVENT_BYTES;
  await using log = await FollowedLog.open(broker(), topic, { requestTimeoutMs: 500, maxUnsyncedBytes });
  await log.log.append(eventsOfPairs(0, 1));
  process.kill(broker().processId!, 'SIGSTOP');
  try {
    const waiting = log.log.append(eventsOfPairs(1, 99));
    waiting.catch(() => undefined);
    await expect(log.log.append(eventsOfPairs(100, 2))).rejects.toMatchObject({ code: 'BUSY' });
    await expect(waiting).rejects.toMatchObject({ code: 'EVENT_LOG_UNAVAILABLE' });
    expect(log.log.state).toMatchObject({ unsyncedBytes: 0, maxUnsyncedBytes });
  } finally {
    process.kill(broker().processId!, 'SIGCONT');
  }
  expect(await appendAll(log.log, 102, 1, 1)).not.toContain('BUSY');
});

it('a gateway says that the broker is away, goes on predicting, and recovers by itself', async () => {
  const rows = await exampleRows(10);
  await using gateway = await startLearningGateway(stateFolder(), {
    eventLog: 'kafka',
    kafkaBrokers: broker().address,
    kafkaTopic: await newTopic(),
    feedbackKeys: `1:${'ab'.repeat(16)}`,
  });
  const ready = async (): Promise<string> => (await fetch(`${gateway.adminUrl}/readyz`)).text();
  expect(await ready()).not.toContain('degraded');
  await broker().stop('SIGKILL');
  await expect
    .poll(ready, { timeout: 150_000 })
    .toContain('feedback is refused: the brokers of the Kafka topic do not answer');
  expect((await gateway.client.predict(requestOf(rows))).like).toHaveLength(rows.length);
  await broker().start();
  await expect.poll(ready, { timeout: 150_000 }).not.toContain('degraded');
});

it('closes while the broker is away', async () => {
  const topic = await newTopic();
  const log = await (await FollowedLog.open(broker(), topic)).consume();
  await broker().stop('SIGKILL');
  await expect.poll(() => log.warnings.length, { timeout: 150_000 }).toBe(1);
  expect(log.log.state.isAway).toBe(true);
  await log.log.close();
  await expect(log.log.append(eventsOfPairs(0, 1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await broker().start();
});
