import { expect, it, onTestFinished } from 'vitest';
import { LiveStatistics } from '../../../src/feedback/live-statistics.js';
import type { StatisticsTables } from '../../../src/statistics/statistics-tables.js';
import { emptyStatistics } from '../../support/feedback/empty-statistics.js';
import { packEvents } from '../../support/feedback/labelled-events.js';
import {
  eventsOf,
  sendFeedback,
  startLearningGateway,
  tokensOf,
} from '../../support/feedback/learning-gateway.js';
import { rowEvents, stateFolder, stateSettings } from '../../support/feedback/state-world.js';
import { AdminCalls } from '../../support/gateway/admin-calls.js';
import type { TestGateway } from '../../support/gateway/test-gateway.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { exampleRows } from '../../support/requests/example-rows.js';
import { timeOf } from '../../../src/feedback/events/event-record.js';

const WAIT = { timeout: 150_000 };
const broker = useKafkaBroker();

async function newTopic(name: string): Promise<string> {
  await broker().createTopic({ name, partitionCount: 2 });
  return name;
}

it('gateways with other token keys learn from each other, and refuse the tokens of each other visibly', async () => {
  const topic = await newTopic('token-keys');
  const rows = await exampleRows(20);
  const start = async (feedbackKeys: string): Promise<TestGateway> => {
    const gateway = await startLearningGateway(stateFolder(), {
      eventLog: 'kafka',
      kafkaBrokers: broker().address,
      kafkaTopic: topic,
      feedbackKeys,
    });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    return gateway;
  };
  const one = await start(`1:${'ab'.repeat(16)}`);
  const other = await start(`1:${'cd'.repeat(16)}`);
  const events = eventsOf(await tokensOf(one.client, rows), rows);
  await sendFeedback(one.client, events);
  const admin = new AdminCalls(other.adminUrl);
  await expect
    .poll(() => admin.get('/admin/v1/learning'), WAIT)
    .toMatchObject({ json: { appliedCount: rows.length, foreignCount: 0 } });
  const [refused] = await sendFeedback(other.client, events);
  expect(refused?.eventStatus.map(({ reason }) => reason)).toEqual(rows.map(() => 'FEEDBACK_TOKEN_INVALID'));
  const metrics = await (await fetch(`${other.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(
    new RegExp(`^pairstream_feedback_events_total{.*outcome="FEEDBACK_TOKEN_INVALID"} ${rows.length}$`, 'm'),
  );
});

it('gateways of other releases on one topic: each counts the events that its statistics file lacks, and none fails', async () => {
  const topic = await newTopic('releases');
  const open = async (statistics: StatisticsTables, keyScheme?: number): Promise<LiveStatistics> => {
    const log = { kind: 'kafka', brokers: [broker().address], topic } as const;
    const settings = stateSettings(stateFolder(), statistics, { log });
    const live = await LiveStatistics.start({
      settings: { ...settings, keyScheme: keyScheme ?? settings.keyScheme },
      tables: emptyStatistics().tables,
      warn: () => undefined,
    });
    onTestFinished(() => live.close());
    return live;
  };
  const half = Math.floor(rowEvents.length / 2);
  const asOfS = timeOf(new DataView(rowEvents[half]!.buffer), 0);
  const isOld = (event: Uint8Array): boolean =>
    timeOf(new DataView(event.buffer, event.byteOffset), 0) < asOfS;
  const oldCount = rowEvents.filter(isOld).length;
  const first = await open(emptyStatistics());
  const later = await open(emptyStatistics(asOfS));
  const otherVocabulary = await open(emptyStatistics(), 12_345);
  for (let at = 0; at < rowEvents.length; at += 500)
    await first.submit(packEvents(rowEvents.slice(at, at + 500)));

  await expect.poll(() => first.freshness.appliedCount, WAIT).toBe(rowEvents.length);
  await expect.poll(() => later.freshness.appliedCount, WAIT).toBe(rowEvents.length - oldCount);
  expect(later.freshness.tooOldCount).toBe(oldCount);
  await expect.poll(() => otherVocabulary.gauges.get('foreignCount'), WAIT).toBe(rowEvents.length);
  expect(otherVocabulary.freshness.appliedCount).toBe(0);
  expect([first, later, otherVocabulary].map(({ problem }) => problem)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
