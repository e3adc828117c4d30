import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStateSnapshot } from '../../../src/feedback/learning/read-state-snapshot.js';
import { LiveStatistics } from '../../../src/feedback/live-statistics.js';
import { KafkaLog } from '../../../src/feedback/log/kafka/kafka-log.js';
import { computeKeyScheme } from '../../../src/feedback/tokens/key-scheme.js';
import { stateSettingsOf } from '../../../src/gateway/feedback/state-settings.js';
import { loadConfig } from '../../../src/config/config.js';
import { readReleaseFiles } from '../../../src/releases/release.js';
import { SmallDisk } from '../../support/disks/small-disk.js';
import { numberedImpressions } from '../../support/feedback/numbered-impressions.js';
import { stateFolder } from '../../support/feedback/state-world.js';
import { completeLines } from '../../support/gateway/serve-log.js';
import { SHIPPED_PIPELINE } from '../../support/gateway/test-gateway.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { runCommand, startCommand } from '../../support/processes/cli-process.js';

const RUN_MS = 180_000;
const KEYS = `1:${'ab'.repeat(16)}`;
const NO_BROKER = '127.0.0.1:1';

/** Settings of a run, without those of the embedded log. */
function settingsOf(folder: string, changes: Record<string, string> = {}): Record<string, string> {
  return {
    PAIRSTREAM_EVENT_LOG: 'kafka',
    PAIRSTREAM_KAFKA_BROKERS: NO_BROKER,
    PAIRSTREAM_STATE_DIR: folder,
    PAIRSTREAM_FEEDBACK_KEYS: KEYS,
    PAIRSTREAM_LOG_LEVEL: 'info',
    ...changes,
  };
}

describe('build-snapshots without a broker', () => {
  it.each<[string, Record<string, string>, number, RegExp]>([
    [
      'an embedded log',
      { PAIRSTREAM_EVENT_LOG: 'embedded' },
      2,
      /PAIRSTREAM_EVENT_LOG: "embedded", expected kafka/,
    ],
    ['no state directory', { PAIRSTREAM_STATE_DIR: '' }, 2, /PAIRSTREAM_STATE_DIR: "", expected a folder/],
    ['no keys', { PAIRSTREAM_FEEDBACK_KEYS: '' }, 2, /PAIRSTREAM_FEEDBACK_KEYS: "", expected the same keys/],
    [
      'an interval of 0',
      { PAIRSTREAM_SNAPSHOT_INTERVAL_S: '0' },
      2,
      /PAIRSTREAM_SNAPSHOT_INTERVAL_S: "0", expected/,
    ],
    ['a pipeline that is missing', { PAIRSTREAM_PIPELINE: '/no/pipeline.yaml' }, 1, /\/no\/pipeline\.yaml/],
    ['a state directory that is a file', { PAIRSTREAM_STATE_DIR: '/dev/null' }, 1, /\/dev\/null/],
    ['no broker at the address', {}, 1, /EVENT_LOG_UNAVAILABLE.*topic engagements at 127\.0\.0\.1:1: /],
  ])('fails with one line: %s', { timeout: RUN_MS }, async (_name, changes, exitCode, message) => {
    const result = await runCommand(['build-snapshots', '--once'], settingsOf(stateFolder(), changes));
    expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(message) });
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('refuses an option that does not exist', { timeout: RUN_MS }, async () => {
    const { exitCode, stderr } = await runCommand(['build-snapshots', '--twice']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("unknown option '--twice'")]);
  });
});

describe('build-snapshots', () => {
  const broker = useKafkaBroker();
  const { vocabulary } = readReleaseFiles(SHIPPED_PIPELINE);
  const keyScheme = computeKeyScheme(vocabulary.sha256);
  let topicCount = 0;

  /** A topic with events numbered from 0. */
  async function topicOf(eventCount: number): Promise<string> {
    topicCount += 1;
    const name = `published-${topicCount}`;
    await broker().createTopic({ name, partitionCount: 3 });
    await append(name, 0, eventCount);
    return name;
  }

  async function append(topic: string, first: number, count: number): Promise<void> {
    const log = await KafkaLog.open({ brokers: [broker().address], topic, warn: () => undefined });
    await log.append(numberedImpressions(first, count, keyScheme));
    await log.close();
  }

  function settingsAt(folder: string, topic: string, changes: Record<string, string> = {}) {
    return settingsOf(folder, {
      PAIRSTREAM_KAFKA_BROKERS: broker().address,
      PAIRSTREAM_KAFKA_TOPIC: topic,
      ...changes,
    });
  }

  /** Names of the published snapshots, oldest first. */
  function published(folder: string): string[] {
    return readdirSync(join(folder, 'snapshots')).sort((a, b) => a.localeCompare(b));
  }

  function newest(folder: string) {
    return openStateSnapshot(join(folder, 'snapshots', published(folder).at(-1)!)).header;
  }

  it(
    '--once publishes the events of the topic, and nothing if there are no new ones',
    { timeout: RUN_MS },
    async () => {
      const topic = await topicOf(500);
      const folder = stateFolder();
      const first = await runCommand(['build-snapshots', '--once'], settingsAt(folder, topic));
      expect(first).toMatchObject({ exitCode: 0, stdout: '' });
      expect(newest(folder).counts).toMatchObject({ appliedCount: 500, duplicateCount: 0, foreignCount: 0 });
      const names = published(folder);
      expect(await runCommand(['build-snapshots', '--once'], settingsAt(folder, topic))).toMatchObject({
        exitCode: 0,
      });
      expect(published(folder)).toEqual(names);
      await append(topic, 500, 100);
      // Events that are in the topic twice count once.
      await append(topic, 0, 50);
      await runCommand(['build-snapshots', '--once'], settingsAt(folder, topic));
      expect(newest(folder).counts).toMatchObject({ appliedCount: 600, duplicateCount: 50 });
      expect(published(folder)).toHaveLength(2);
    },
  );

  it(
    'publishes on its interval and at SIGTERM, and a new gateway starts from the folder',
    { timeout: RUN_MS },
    async () => {
      const topic = await topicOf(300);
      const folder = stateFolder();
      const settings = settingsAt(folder, topic, { PAIRSTREAM_SNAPSHOT_INTERVAL_S: '1' });
      const command = startCommand(['build-snapshots'], settings);
      onTestFinished(() => void command.process.kill('SIGKILL'));
      const messages = (): string[] => completeLines(command.stderr()).map(({ msg }) => msg);
      await expect.poll(messages, { timeout: RUN_MS }).toContain('snapshots are published');
      await append(topic, 300, 100);
      const appliedCount = (): number =>
        published(folder).length === 0 ? 0 : newest(folder).counts.appliedCount;
      await expect.poll(appliedCount, { timeout: RUN_MS }).toBe(400);

      const second = await runCommand(['build-snapshots', '--once'], settings);
      expect(second).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('already open in process'),
      });

      await append(topic, 400, 100);
      command.process.kill('SIGTERM');
      expect((await command.finished).exitCode).toBe(0);
      expect([400, 500]).toContain(appliedCount());
      expect(published(folder).some((name) => name.endsWith('.partial'))).toBe(false);

      const files = readReleaseFiles(SHIPPED_PIPELINE);
      const own = stateFolder();
      const config = loadConfig({
        ...settingsAt(own, topic),
        PAIRSTREAM_SNAPSHOT_SOURCE: join(folder, 'snapshots'),
      });
      const warnings: string[] = [];
      const gateway = await LiveStatistics.start({
        settings: stateSettingsOf(config, files),
        tables: files.statistics.tables,
        warn: (line) => warnings.push(line),
      });
      onTestFinished(() => gateway.close());
      expect(warnings).toEqual([expect.stringContaining('starts from the published snapshot')]);
      expect(gateway.freshness).toMatchObject({ appliedCount: 500, duplicateCount: 0 });
    },
  );

  it('--once fails if no snapshot can be written', { timeout: RUN_MS }, async (context) => {
    const topic = await topicOf(10);
    const disk = SmallDisk.mount(context, 8);
    const result = await runCommand(['build-snapshots', '--once'], settingsAt(disk.path, topic));
    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/ENOSPC[^]*OUTPUT_FAILED/) });
  });

  it('fails with one line if the topic is missing', { timeout: RUN_MS }, async () => {
    const result = await runCommand(['build-snapshots', '--once'], settingsAt(stateFolder(), 'missing'));
    expect(result).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^[^\n]*topic missing does not exist at [^\n]*\n$/),
    });
  });
});
