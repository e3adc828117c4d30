import { describe, expect, it } from 'vitest';
import type { LogPosition } from '../../../src/feedback/log/event-log.js';
import { eventsOfPairs, numbersOf } from '../../support/kafka/numbered-events.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { appendAll, FollowedLog } from '../../support/kafka/followed-log.js';
import { freePort } from '../../../src/offline/bench/free-port.js';

const PARTITIONS = 3;
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

const broker = useKafkaBroker();
let topicCount = 0;

async function newTopic(
  settings: Readonly<Record<string, string>> = {},
  partitions = PARTITIONS,
): Promise<string> {
  topicCount += 1;
  const topic = `events-${topicCount}`;
  await broker().createTopic({ name: topic, partitionCount: partitions, settings });
  return topic;
}

describe('order and positions', () => {
  it('delivers exactly what was appended; the events of a partition keep their order', async () => {
    const topic = await newTopic({}, 1);
    await using writer = await FollowedLog.open(broker(), topic);
    await writer.log.append(eventsOfPairs(0, 10));
    await Promise.all(range(1, 20).map((i) => writer.log.append(eventsOfPairs(i * 10, 10))));
    await writer.consume();
    expect(writer.numbers).toEqual(range(0, 210));
    await writer.log.append(eventsOfPairs(210, 5));
    await writer.until(215);
    expect(writer.numbers).toEqual(range(0, 215));
    expect(writer.log.state).toMatchObject({ appendedCount: 215, lagCount: 0, unsyncedBytes: 0 });
  });

  it('events of a pair have one partition, whichever gateway appends them', async () => {
    const topic = await newTopic();
    await using one = await FollowedLog.open(broker(), topic);
    await using two = await FollowedLog.open(broker(), topic);
    for (let round = 0; round < 5; round += 1) {
      await one.log.append(eventsOfPairs(0, 30));
      await two.log.append(eventsOfPairs(0, 30));
    }
    const places = new Map<number, Set<number>>();
    const offsets = range(0, PARTITIONS).map(() => 0);
    await two.log.consume(undefined, ({ events, position }) => {
      const next = (position as { readonly offsets: readonly number[] }).offsets;
      const partition = next.findIndex((offset, i) => offset !== offsets[i]);
      offsets.splice(0, PARTITIONS, ...next);
      for (const number of numbersOf(events))
        places.set(number, (places.get(number) ?? new Set()).add(partition));
    });
    expect([...places.values()].map(({ size }) => size)).toEqual(range(0, 30).map(() => 1));
    expect(new Set([...places.values()].flatMap((set) => [...set])).size).toBe(PARTITIONS);
  });

  it('every position continues with the groups after it', async () => {
    const topic = await newTopic();
    await using writer = await FollowedLog.open(broker(), topic);
    await appendAll(writer.log, 0, 20, 9);
    await using whole = await (await FollowedLog.open(broker(), topic)).consume();
    const at = Math.floor(whole.positions.length / 2);
    const stored: LogPosition = JSON.parse(JSON.stringify(whole.positions[at]));
    await using rest = await (await FollowedLog.open(broker(), topic)).consume(stored);
    await using again = await (await FollowedLog.open(broker(), topic)).consume();
    expect(sorted(again.numbers)).toEqual(range(0, 180));
    expect(rest.positions).toHaveLength(whole.positions.length - at - 1);
    const delivered = whole.positions.length;
    const before: number[] = [];
    let groups = 0;
    await again.log.consume(
      undefined,
      ({ events }) => void (groups++ <= at && before.push(...numbersOf(events))),
    );
    expect(groups).toBe(delivered);
    expect(sorted([...before, ...rest.numbers])).toEqual(range(0, 180));
  });

  it('an append above the size of a message is split', async () => {
    const topic = await newTopic({}, 1);
    await using log = await FollowedLog.open(broker(), topic);
    await log.log.append(eventsOfPairs(0, 20_000));
    await log.consume();
    expect(log.numbers).toEqual(range(0, 20_000));
    expect(log.positions).toHaveLength(3);
  });

  it('reads partitions that are added while it runs', async () => {
    const topic = await newTopic({}, 1);
    await using log = await (await FollowedLog.open(broker(), topic)).consume();
    await log.log.append(eventsOfPairs(0, 10));
    await broker().administer((admin) => admin.createPartitions({ topics: [{ name: topic, count: 4 }] }));
    let next = 10;
    const positionLength = (): number =>
      (log.positions.at(-1) as { readonly offsets: readonly number[] } | undefined)?.offsets.length ?? 0;
    while (positionLength() < 4) {
      await log.log.append(eventsOfPairs(next, 10)).catch(() => undefined);
      next += 10;
      await log.until(next);
    }
    await log.log.append(eventsOfPairs(next, 50));
    await log.until(next + 50);
    expect(sorted(log.numbers)).toEqual(range(0, next + 50));
  });

  it('skips messages that are no event records, and says so', async () => {
    const topic = await newTopic({}, 1);
    await using log = await FollowedLog.open(broker(), topic);
    const { Producer } = await import('@platformatic/kafka');
    const producer = new Producer({ clientId: 'other', bootstrapBrokers: [broker().address] });
    await producer.send({ messages: [{ topic, partition: 0, value: Buffer.from('hello') }], acks: -1 });
    await producer.close();
    await log.log.append(eventsOfPairs(0, 3));
    await log.consume();
    expect(log.numbers).toEqual([0, 1, 2]);
    expect(log.warnings).toEqual([
      expect.stringContaining('partition 0, offset 0: a message of 5 bytes is skipped'),
    ]);
  });

  it('an error of the consumer ends the delivery', async () => {
    const topic = await newTopic();
    await using log = await FollowedLog.open(broker(), topic);
    await log.log.consume(undefined, () => {
      throw new Error('the consumer fails');
    });
    await log.log.append(eventsOfPairs(0, 1));
    await expect(log.log.failure).rejects.toThrow('the consumer fails');
  });

  it('refuses work after close', async () => {
    const log = await FollowedLog.open(broker(), await newTopic());
    await log.log.close();
    await expect(log.log.append(eventsOfPairs(0, 1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(log.consume()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

describe('a log that cannot be continued', () => {
  it('retention has passed the position: EVENT_LOG_GAP', async () => {
    const topic = await newTopic({ 'retention.ms': '1', 'file.delete.delay.ms': '0' }, 1);
    await using writer = await (await FollowedLog.open(broker(), topic)).consume();
    await writer.log.append(eventsOfPairs(0, 10));
    await writer.until(10);
    const old = { ...(writer.positions[0] as object), offsets: [0] };
    await using late = await FollowedLog.open(broker(), topic);
    const oldest = async (): Promise<string> => {
      await late.log.append(eventsOfPairs(10, 1));
      return await late.log
        .consume(old, () => undefined)
        .then(
          () => 'delivered',
          (error: Error) => error.message,
        );
    };
    await expect
      .poll(oldest, { timeout: 150_000, interval: 200 })
      .toMatch(
        new RegExp(
          `^topic ${topic}, partition 0 cannot be read from offset 0: the partition holds offsets \\d+ to \\d+; start from a newer snapshot`,
        ),
      );
    await expect(late.log.consume(old, () => undefined)).rejects.toMatchObject({ code: 'EVENT_LOG_GAP' });
    await expect(late.log.consume(late.log.origin, () => undefined)).rejects.toMatchObject({
      code: 'EVENT_LOG_GAP',
    });
  });

  it('records are deleted under a slow delivery: EVENT_LOG_GAP', async () => {
    const topic = await newTopic({}, 1);
    await using log = await FollowedLog.open(broker(), topic);
    await appendAll(log.log, 0, 3, 10);
    const gate = Promise.withResolvers<void>();
    let groups = 0;
    const consumed = log.log.consume(undefined, async () => {
      groups += 1;
      if (groups === 1) await gate.promise;
    });
    consumed.catch(() => undefined);
    await expect.poll(() => groups).toBe(1);
    await appendAll(log.log, 30, 60, 8_000);
    await broker().administer((admin) =>
      admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 62n }] }] }),
    );
    gate.resolve();
    await expect(consumed.then(() => log.log.failure)).rejects.toMatchObject({
      code: 'EVENT_LOG_GAP',
      message: expect.stringContaining('partition 0 cannot be read from offset'),
    });
  });

  it('a position after the end: EVENT_LOG_GAP', async () => {
    const topic = await newTopic();
    await using log = await (await FollowedLog.open(broker(), topic)).consume();
    await log.log.append(eventsOfPairs(0, 1));
    await log.until(1);
    const late = { ...(log.positions[0] as object), offsets: [5_000, 0, 0] };
    await expect(log.log.consume(late, () => undefined)).rejects.toMatchObject({
      code: 'EVENT_LOG_GAP',
      message: expect.stringContaining('partition 0 cannot be read from offset 5000'),
    });
  });

  it('a position of another log or another topic: EVENT_LOG_GAP', async () => {
    await using log = await FollowedLog.open(broker(), await newTopic());
    await using other = await FollowedLog.open(broker(), await newTopic());
    for (const position of [17, null, { topicId: 'x' }, other.log.origin])
      await expect(log.log.consume(position, () => undefined)).rejects.toMatchObject({
        code: 'EVENT_LOG_GAP',
        message: expect.stringContaining('start from a snapshot that was made with this topic'),
      });
  });

  it('a missing topic and a wrong address are named', async () => {
    await expect(FollowedLog.open(broker(), 'nowhere')).rejects.toMatchObject({
      code: 'EVENT_LOG_UNAVAILABLE',
      message: expect.stringContaining(`topic nowhere does not exist at ${broker().address}; create it`),
    });
    const wrong = `127.0.0.1:${await freePort()}`;
    await expect(FollowedLog.open({ address: wrong }, await newTopic())).rejects.toMatchObject({
      code: 'EVENT_LOG_UNAVAILABLE',
      message: expect.stringContaining(`at ${wrong}: `),
    });
  });
});
