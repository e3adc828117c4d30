import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { EmbeddedLog } from '../../src/feedback/log/embedded-log.js';
import { LiveStatistics } from '../../src/feedback/live-statistics.js';
import { computeKeyScheme } from '../../src/feedback/tokens/key-scheme.js';
import { startGateway } from '../../src/gateway/gateway.js';
import { loadConfig } from '../../src/config/config.js';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { readReleaseFiles } from '../../src/releases/release.js';
import { emptyStatistics } from '../support/feedback/empty-statistics.js';
import { EventStream } from '../support/feedback/event-stream.js';
import { eventsOf, tokensOf } from '../support/feedback/learning-gateway.js';
import { numberedImpressions } from '../support/feedback/numbered-impressions.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { stateFolder, stateSettings } from '../support/feedback/state-world.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { completeLines, servingAddress } from '../support/gateway/serve-log.js';
import { SHIPPED_PIPELINE } from '../support/gateway/test-gateway.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { type RunningCommand, startCommand } from '../support/processes/cli-process.js';
import { exampleRows } from '../support/requests/example-rows.js';

const RUN_MS = 300_000;
const EVENTS_PER_APPEND = 5_000;
/** A gateway applies some hundred thousand events in a second, and opens its ports 5 s after its start. */
const LONG_LOG_COUNT = 3_000_000;
const SHORT_LOG_COUNT = 300_000;

afterEach(() => vi.restoreAllMocks());

/** Writes events to the log of a state directory that no gateway uses. */
async function fillLog(folder: string, count: number, keyScheme?: number): Promise<void> {
  const log = await EmbeddedLog.open({ folder: join(folder, 'log'), maxBytes: 2 ** 30 });
  for (let first = 0; first < count; first += EVENTS_PER_APPEND)
    await log.append(numberedImpressions(first, EVENTS_PER_APPEND, keyScheme));
  await log.close();
}

function serve(stateDir: string, changes: Record<string, string> = {}): RunningCommand {
  const command = startCommand(['serve'], {
    PAIRSTREAM_STATE_DIR: stateDir,
    PAIRSTREAM_GRPC_PORT: '0',
    PAIRSTREAM_ADMIN_PORT: '0',
    PAIRSTREAM_LOG_LEVEL: 'info',
    PAIRSTREAM_PIPELINE: TWO_MODELS,
    ...changes,
  });
  onTestFinished(() => void command.process.kill('SIGKILL'));
  return command;
}

function messagesOf({ stderr }: RunningCommand): string[] {
  return completeLines(stderr()).map(({ msg }) => msg);
}

it(
  'a close while the log is applied ends the start, and the next start applies the whole log',
  async () => {
    const settings = stateSettings(stateFolder());
    await fillLog(settings.folder, SHORT_LOG_COUNT);
    const open = (): LiveStatistics =>
      new LiveStatistics({ settings, tables: emptyStatistics().tables, warn: () => undefined });
    const stopped = open();
    const start = stopped.start().then(
      () => 'started',
      (error: unknown) => error,
    );
    await expect.poll(() => stopped.gauges.get('lagCount'), { timeout: RUN_MS }).toBeGreaterThan(0);
    await stopped.close();
    expect(await start).toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(stopped.gauges.get('lagCount')).toBeGreaterThan(0);

    const next = open();
    await next.start();
    expect(next.freshness).toMatchObject({ appliedCount: SHORT_LOG_COUNT, duplicateCount: 0, lagCount: 0 });
    await next.close();
  },
  RUN_MS,
);

it(
  'SIGTERM while the log is applied ends the gateway before the log is applied',
  async () => {
    using state = new StateFolder();
    const { vocabulary } = readReleaseFiles(SHIPPED_PIPELINE);
    await fillLog(state.path, LONG_LOG_COUNT, computeKeyScheme(vocabulary.sha256));
    const command = serve(state.path);
    const isWaiting = (): boolean => messagesOf(command).includes('not ready; /readyz says why');
    await expect.poll(isWaiting, { timeout: RUN_MS }).toBe(true);
    expect(command.stderr()).toMatch(/applying the event log \(\d+ events left\)/);
    command.process.kill('SIGTERM');
    expect((await command.finished).exitCode).toBe(0);
    expect(messagesOf(command)).toContain('stopped');
    expect(messagesOf(command)).not.toContain('statistics learn from feedback');
  },
  RUN_MS,
);

it(
  'SIGTERM while a snapshot is written loses nothing, and leaves no unfinished file',
  async () => {
    using state = new StateFolder();
    const rows = await exampleRows(1_000);
    const command = serve(state.path, { PAIRSTREAM_SNAPSHOT_INTERVAL_S: '1' });
    await expect.poll(() => servingAddress(command.stderr()), { timeout: RUN_MS }).toBeDefined();
    const client = new PairstreamClient({ target: servingAddress(command.stderr())! });
    onTestFinished(() => client.close());
    const tokens = await tokensOf(client, rows);
    const requests = rows.map((row, i) => eventsOf([tokens[i]!], [row]));
    const stream = new EventStream(client, requests);
    const sent = stream.send().catch(() => undefined);
    const files = (): string[] => readdirSync(join(state.path, 'snapshots'));
    const isWriting = (): boolean => files().some((name) => name.endsWith('.partial'));
    await expect.poll(isWriting, { timeout: RUN_MS, interval: 2 }).toBe(true);
    command.process.kill('SIGTERM');
    expect((await command.finished).exitCode).toBe(0);
    await sent;
    expect(stream.acceptedCount).toBeGreaterThan(0);
    expect(files().some((name) => name.endsWith('.partial'))).toBe(false);
    expect(files().every((name) => statSync(join(state.path, 'snapshots', name)).size > 0)).toBe(true);

    const next = serve(state.path);
    await expect.poll(() => servingAddress(next.stderr()), { timeout: RUN_MS }).toBeDefined();
    const other = new PairstreamClient({ target: servingAddress(next.stderr())! });
    onTestFinished(() => other.close());
    const { feedback } = await other.getServerInfo();
    // An event whose answer was lost may be counted.
    expect([stream.acceptedCount, stream.acceptedCount + 1]).toContain(feedback.appliedCount);
  },
  RUN_MS,
);

it(
  'a gateway becomes ready when the lag of its start is at most PAIRSTREAM_MAX_START_LAG',
  async () => {
    using state = new StateFolder();
    const freshness = { newestEventS: 0, appliedCount: 0, duplicateCount: 0, tooOldCount: 0 };
    const lag = vi.spyOn(LiveStatistics.prototype, 'freshness', 'get');
    lag.mockReturnValue({ ...freshness, lagCount: 51 });
    const settings = { grpcPort: 0, adminPort: 0, logLevel: 'silent', stateDir: state.path } as const;
    const gateway = await startGateway(
      { ...loadConfig({}), ...settings, maxStartLag: 50 },
      { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
    );
    onTestFinished(() => gateway.close());
    const admin = new AdminCalls(`http://127.0.0.1:${gateway.adminPort}`);
    await expect
      .poll(async () => (await admin.get('/readyz')).text, { timeout: RUN_MS })
      .toContain('applying the event log (51 events left)');
    expect((await admin.get('/readyz')).status).toBe(503);
    lag.mockReturnValue({ ...freshness, lagCount: 50 });
    await gateway.served;
    lag.mockReturnValue({ ...freshness, lagCount: 1_000 });
    expect((await admin.get('/readyz')).status).toBe(200);
  },
  RUN_MS,
);
