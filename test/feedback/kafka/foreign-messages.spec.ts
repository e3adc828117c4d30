import type { CompressionAlgorithmValue } from '@platformatic/kafka';
import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EVENT_BYTES } from '../../../src/feedback/events/event-record.js';
import { LiveStatistics } from '../../../src/feedback/live-statistics.js';
import { emptyStatistics } from '../../support/feedback/empty-statistics.js';
import { eventOf, packEvents } from '../../support/feedback/labelled-events.js';
import { rowEvents, stateFolder, stateSettings } from '../../support/feedback/state-world.js';
import { FollowedLog } from '../../support/kafka/followed-log.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { eventsOfPairs } from '../../support/kafka/numbered-events.js';
import { type OtherMessage, sendMessages } from '../../support/kafka/send-messages.js';

const LARGEST_MESSAGE = 16 * 2 ** 20;
const WAIT = { timeout: 150_000 };

const broker = useKafkaBroker();
let topicCount = 0;

async function newTopic(settings: Readonly<Record<string, string>> = {}): Promise<string> {
  topicCount += 1;
  const name = `foreign-${topicCount}`;
  await broker().createTopic({ name, partitionCount: 1, settings });
  return name;
}

describe('messages that hold no event records', () => {
  it.each<[string, OtherMessage, number]>([
    ['a text', { value: Buffer.from('hello') }, 5],
    ['an empty message', { value: Buffer.alloc(0) }, 0],
    ['a tombstone', { key: Buffer.from('k'), value: null }, 0],
    ['a tombstone without a key', { value: null }, 0],
    ['an event that is cut short', { value: Buffer.from(eventsOfPairs(9, 1)).subarray(1) }, EVENT_BYTES - 1],
    ['random bytes', { value: randomBytes(777) }, 777],
    ['10 MB, more than a fetch asks for', { value: Buffer.alloc(10_000_001) }, 10_000_001],
  ])('are skipped, counted, and logged once: %s', async (_, message, length) => {
    const topic = await newTopic({ 'max.message.bytes': String(LARGEST_MESSAGE) });
    await using log = await FollowedLog.open(broker(), topic);
    await log.log.append(eventsOfPairs(0, 3));
    await sendMessages(broker().address, topic, [message]);
    await log.log.append(eventsOfPairs(3, 3));
    await log.consume();
    expect(log.numbers).toEqual([0, 1, 2, 3, 4, 5]);
    expect(log.warnings).toEqual([
      `topic ${topic}, partition 0, offset 1: a message of ${length} bytes is skipped, expected event records of ${EVENT_BYTES} bytes; 1 skipped so far. Only gateways should write to the topic`,
    ]);
    expect(log.log.state).toMatchObject({ skippedMessageCount: 1, lagCount: 0 });
  });

  it('a thousand of them are logged ten times', async () => {
    const topic = await newTopic();
    await using log = await FollowedLog.open(broker(), topic);
    const messages = Array.from({ length: 1_000 }, () => ({ value: randomBytes(33) }));
    await sendMessages(broker().address, topic, messages);
    await log.consume();
    await log.log.append(eventsOfPairs(0, 1));
    await log.until(1);
    expect(log.log.state.skippedMessageCount).toBe(1_000);
    expect(log.warnings).toHaveLength(10);
  });

  it('a topic with nothing else starts, and a position behind them continues', async () => {
    const topic = await newTopic();
    await using log = await FollowedLog.open(broker(), topic);
    await sendMessages(broker().address, topic, [{ value: Buffer.from('a') }, { value: Buffer.from('b') }]);
    await log.consume();
    await log.log.append(eventsOfPairs(0, 1));
    await log.until(1);
    await using again = await (await FollowedLog.open(broker(), topic)).consume(log.positions[0]);
    expect(again.numbers).toEqual([]);
    expect(again.warnings).toEqual([]);
  });
});

it.each<CompressionAlgorithmValue>(['gzip', 'snappy', 'lz4', 'zstd'])(
  'delivers events of a topic that brokers or tools compress with %s',
  async (compression) => {
    const topic = await newTopic({ 'compression.type': compression });
    await using log = await FollowedLog.open(broker(), topic);
    await log.log.append(eventsOfPairs(0, 5_000));
    await sendMessages(
      broker().address,
      topic,
      [{ value: Buffer.from(eventsOfPairs(5_000, 100)) }],
      compression,
    );
    await log.consume();
    expect(log.numbers).toEqual(Array.from({ length: 5_100 }, (_, i) => i));
  },
);

it.each([
  ['cleanup.policy', 'compact', 1, 'the topic must have cleanup.policy=delete'],
  ['cleanup.policy', 'compact,delete', 1, 'the topic must have cleanup.policy=delete'],
  ['max.message.bytes', '10000', 8_000, 'max.message.bytes of the topic must be at least 1048588'],
])('a topic with %s=%s refuses events, and the error says so', async (name, value, eventCount, problem) => {
  const topic = await newTopic({ [name]: value });
  await using log = await (await FollowedLog.open(broker(), topic)).consume();
  await expect(log.log.append(eventsOfPairs(0, eventCount))).rejects.toMatchObject({
    code: 'EVENT_LOG_UNAVAILABLE',
    message: expect.stringContaining(problem),
  });
  expect(log.numbers).toEqual([]);
});

it('records of an unknown kind and of another key scheme are counted as foreign; the others are applied', async () => {
  const topic = await newTopic();
  const log = { kind: 'kafka', brokers: [broker().address], topic } as const;
  const statistics = emptyStatistics();
  const settings = stateSettings(stateFolder(), statistics, { log });
  const warnings: string[] = [];
  const open = async (keyScheme: number): Promise<LiveStatistics> => {
    const live = await LiveStatistics.start({
      settings: { ...settings, folder: stateFolder(), keyScheme },
      tables: emptyStatistics().tables,
      warn: (line) => void warnings.push(line),
    });
    onTestFinished(() => live.close());
    return live;
  };
  const one = await open(settings.keyScheme);
  const other = await open(settings.keyScheme + 1);
  await one.submit(packEvents(rowEvents.slice(0, 50)));
  const garbage = randomBytes(10 * EVENT_BYTES);
  const unknownKinds = packEvents(rowEvents.slice(50, 60).map((event) => eventOf(event, 77, 1_612_000_000)));
  await sendMessages(broker().address, topic, [
    { value: garbage },
    { value: Buffer.from(unknownKinds) },
    { value: Buffer.from('no events') },
  ]);
  await one.submit(packEvents(rowEvents.slice(50, 100)));
  await expect.poll(() => one.freshness.appliedCount, WAIT).toBe(100);
  await expect.poll(() => one.gauges.get('foreignCount'), WAIT).toBe(20);
  await expect.poll(() => one.gauges.get('skippedMessageCount'), WAIT).toBe(1);
  // Of another release: every event is foreign to it.
  await expect.poll(() => other.gauges.get('foreignCount'), WAIT).toBe(120);
  expect(other.freshness.appliedCount).toBe(0);
  expect([one.problem, other.problem]).toEqual([undefined, undefined]);
  expect(warnings.map((line) => line.split(':')[1])).toEqual([
    ' a message of 9 bytes is skipped, expected event records of 100 bytes; 1 skipped so far. Only gateways should write to the topic',
    ' a message of 9 bytes is skipped, expected event records of 100 bytes; 1 skipped so far. Only gateways should write to the topic',
  ]);
});
