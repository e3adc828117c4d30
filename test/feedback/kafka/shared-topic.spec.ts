import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { StateSettings } from '../../../src/feedback/learning/state-settings.js';
import { LiveStatistics, type LiveStatisticsOptions } from '../../../src/feedback/live-statistics.js';
import type { StatisticsTables } from '../../../src/statistics/statistics-tables.js';
import { emptyStatistics } from '../../support/feedback/empty-statistics.js';
import { packEvents } from '../../support/feedback/labelled-events.js';
import { replayed, rowEvents, rows, stateFolder, stateSettings } from '../../support/feedback/state-world.js';
import { differenceOf } from '../../support/feedback/table-difference.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';

const PARTITIONS = 6;
const POLL_MS = 20;
const replay = replayed(rows);
const SAME = { largest: expect.closeTo(0, 6), missing: undefined };

const broker = useKafkaBroker();
let topicCount = 0;

/** The learning part of a gateway, which can be killed. */
class Gateway extends LiveStatistics {
  private constructor(
    options: LiveStatisticsOptions,
    readonly learned: StatisticsTables,
    readonly warnings: readonly string[],
  ) {
    super(options);
  }

  static async open(settings: StateSettings): Promise<Gateway> {
    const tables = emptyStatistics();
    const warnings: string[] = [];
    const options = { settings, tables: tables.tables, warn: (line: string) => void warnings.push(line) };
    const gateway = new Gateway(options, tables, warnings);
    await gateway.start();
    onTestFinished(() => gateway.close());
    return gateway;
  }

  /** Ends the state thread at once, without a last snapshot. */
  async kill(): Promise<void> {
    const closed = this.crash();
    await Promise.all([closed, this.close()]);
  }

  /** Ends the state thread at once; it starts anew by itself. */
  async restartThread(): Promise<void> {
    await this.crash();
  }

  /** Waits until events are applied. */
  async untilApplied(count: number): Promise<void> {
    while (this.freshness.appliedCount < count) await setTimeout(POLL_MS);
  }
}

/** The counts of a gateway are in shared memory, and new tables come as messages: the counts may be seen first. */
async function expectReplayed({ learned }: Gateway): Promise<void> {
  await expect
    .poll(() => differenceOf(replay.tables, learned.tables), { timeout: 150_000, interval: 500 })
    .toEqual(SAME);
}

async function newTopic(): Promise<string> {
  topicCount += 1;
  const name = `engagements-${topicCount}`;
  await broker().createTopic({ name, partitionCount: PARTITIONS });
  return name;
}

function settingsOf(topic: string, changes: Partial<StateSettings> = {}): StateSettings {
  const log = { kind: 'kafka', brokers: [broker().address], topic } as const;
  return stateSettings(stateFolder(), emptyStatistics(), { log, ...changes });
}

/** Submits events to gateways in turns. @param from index of the first event @param to index after the last */
async function feed(gateways: readonly LiveStatistics[], from: number, to: number): Promise<void> {
  const step = 200;
  for (let at = from; at < to; at += step) {
    const events = rowEvents.slice(at, Math.min(to, at + step));
    await Promise.all(
      gateways.map((gateway, turn) =>
        gateway.submit(packEvents(events.filter((_, i) => i % gateways.length === turn))),
      ),
    );
  }
}

/** Reason why a gateway refuses a new event; empty if it accepts the event. */
async function refusalOf(gateway: Gateway, next: Iterator<Uint8Array>): Promise<string> {
  return await gateway.submit(packEvents([next.next().value])).then(() => '', String);
}

/** Events that were applied, and keys of each table. */
function sizesOf({ learned, freshness }: Gateway): unknown {
  const keyCounts = learned.tables.map(({ name, keyCount }) => [name, keyCount]);
  return { appliedCount: freshness.appliedCount, keyCounts };
}

it('three gateways on one topic have equal tables, also one that was killed and restarted from an old snapshot; duplicates sent to others count once', async () => {
  const topic = await newTopic();
  const settings = [settingsOf(topic), settingsOf(topic), settingsOf(topic)] as const;
  const killed = await Gateway.open(settings[0]);
  const others = [await Gateway.open(settings[1]), await Gateway.open(settings[2])];
  const quarter = Math.floor(rowEvents.length / 4);
  await feed([killed, ...others], 0, quarter);
  await killed.untilApplied(quarter);
  expect(await killed.snapshot()).toBe(true);
  await feed([killed, ...others], quarter, 2 * quarter);
  await killed.kill();
  // The same events again, each to another gateway than before, and then new ones.
  await feed(others.toReversed(), 0, 2 * quarter);
  await broker().stop('SIGKILL');
  await broker().start();
  await expect
    .poll(() => feed(others, 2 * quarter, rowEvents.length).then(() => 'fed', String), { timeout: 150_000 })
    .toBe('fed');
  const restarted = await Gateway.open(settings[0]);
  for (const gateway of [restarted, ...others]) {
    await gateway.untilApplied(rowEvents.length);
    await expect.poll(() => gateway.freshness.lagCount, { timeout: 150_000 }).toBe(0);
    expect(gateway.freshness.appliedCount).toBe(rowEvents.length);
    await expectReplayed(gateway);
  }
});

it('a new gateway starts from a published snapshot after the retention of the topic has passed', async () => {
  const topic = await newTopic();
  const publisher = settingsOf(topic);
  const first = await Gateway.open(publisher);
  const half = Math.floor(rowEvents.length / 2);
  await feed([first], 0, half);
  await first.untilApplied(half);
  expect(await first.snapshot()).toBe(true);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: -1n }));
  await broker().administer((admin) => admin.deleteRecords({ topics: [{ name: topic, partitions }] }));
  await feed([first], half, rowEvents.length);

  const late = settingsOf(topic);
  await expect(Gateway.open(late)).rejects.toMatchObject({
    code: 'EVENT_LOG_GAP',
    message: expect.stringMatching(
      /cannot be read from offset 0: the partition holds offsets \d+ to \d+; start from a newer snapshot/,
    ),
  });
  const snapshotSource = join(publisher.folder, 'snapshots');
  const gateway = await Gateway.open({ ...late, snapshotSource });
  expect(gateway.warnings.join()).toContain(`starts from the published snapshot ${snapshotSource}`);
  await gateway.untilApplied(rowEvents.length);
  await expectReplayed(gateway);

  rmSync(snapshotSource, { recursive: true });
  await gateway.close();
  const again = await Gateway.open({ ...late, snapshotSource });
  expect(again.warnings.join()).toContain(`folder ${snapshotSource} of published snapshots is missing`);
  expect(again.freshness.appliedCount).toBe(rowEvents.length);
});

it('a running gateway that misses deleted records goes on from a published snapshot by itself', async () => {
  const topic = await newTopic();
  const publisher = settingsOf(topic);
  const first = await Gateway.open(publisher);
  const gateway = await Gateway.open(
    settingsOf(topic, { snapshotSource: join(publisher.folder, 'snapshots') }),
  );
  const half = Math.floor(rowEvents.length / 2);
  await feed([first], 0, half);
  for (const each of [first, gateway]) await each.untilApplied(half);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: -1n }));
  await broker().administer((admin) => admin.deleteRecords({ topics: [{ name: topic, partitions }] }));
  // Without a snapshot of its own, the thread would begin with the first event of the topic.
  await gateway.restartThread();
  await expect
    .poll(() => gateway.problem, { timeout: 150_000 })
    .toMatch(/cannot be read from offset 0: .*; the state thread starts anew$/);
  expect(await first.snapshot()).toBe(true);
  await expect.poll(() => gateway.problem, { timeout: 150_000 }).toBe(undefined);
  await feed([first, gateway], half, rowEvents.length);
  await gateway.untilApplied(rowEvents.length);
  await expectReplayed(gateway);
});

it.each([
  ['with a snapshot', true],
  ['without a snapshot', false],
])(
  'a topic that is deleted and created again while a gateway runs is noticed and never read: %s',
  async (_, hasSnapshot) => {
    const topic = await newTopic();
    const gateway = await Gateway.open(settingsOf(topic));
    const half = Math.floor(rowEvents.length / 2);
    await feed([gateway], 0, half);
    await gateway.untilApplied(half);
    expect(hasSnapshot ? await gateway.snapshot() : true).toBe(true);
    const learned = sizesOf(gateway);
    const next = rowEvents.slice(half).values();
    await broker().administer((admin) => admin.deleteTopics({ topics: [topic] }));
    await expect
      .poll(() => refusalOf(gateway, next), { timeout: 150_000 })
      .toContain(`topic ${topic} does not exist`);
    await broker().createTopic({ name: topic, partitionCount: PARTITIONS });
    // Another gateway fills the new topic, so that the old offsets exist again.
    const other = await Gateway.open(settingsOf(topic));
    await feed([other], 0, rowEvents.length);
    await other.untilApplied(rowEvents.length);
    await expect
      .poll(() => gateway.problem, { timeout: 150_000 })
      .toContain('the topic was deleted and created again');
    expect(await refusalOf(gateway, next)).toContain('the topic was deleted and created again');
    await expect
      .poll(() => gateway.problem, { timeout: 150_000 })
      .toContain('the state began with the topic');
    expect(sizesOf(gateway)).toEqual(learned);
  },
);

it('two processes cannot share a state directory', async () => {
  const settings = settingsOf(await newTopic());
  await Gateway.open(settings);
  await expect(Gateway.open(settings)).rejects.toMatchObject({
    code: 'EVENT_LOG_UNAVAILABLE',
    message: expect.stringContaining('already open in process'),
  });
});
