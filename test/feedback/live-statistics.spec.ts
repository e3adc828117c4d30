import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PairstreamError } from '../../src/errors/pairstream-error.js';
import { ACCEPTED, DUPLICATE } from '../../src/feedback/feedback-sink.js';
import type { StateSettings } from '../../src/feedback/learning/state-settings.js';
import { LiveStatistics, type LiveStatisticsOptions } from '../../src/feedback/live-statistics.js';
import type { StatisticsTables } from '../../src/statistics/statistics-tables.js';
import { emptyStatistics } from '../support/feedback/empty-statistics.js';
import { packEvents } from '../support/feedback/labelled-events.js';
import { numberedImpressions } from '../support/feedback/numbered-impressions.js';
import { replayed, rowEvents, rows, stateFolder, stateSettings } from '../support/feedback/state-world.js';
import { differenceOf } from '../support/feedback/table-difference.js';

const replay = replayed(rows);
const SAME = { largest: expect.closeTo(0, 6), missing: undefined };

/** LiveStatistics whose thread can be made to crash. */
class CrashingStatistics extends LiveStatistics {
  static override async start(options: LiveStatisticsOptions): Promise<CrashingStatistics> {
    const live = new CrashingStatistics(options);
    await live.startThread();
    return live;
  }

  async crashNow(): Promise<void> {
    await this.crash();
  }
}

interface Started {
  readonly live: CrashingStatistics;
  readonly release: StatisticsTables;
  readonly warnings: string[];
}

async function start(settings: StateSettings): Promise<Started> {
  const release = emptyStatistics();
  const warnings: string[] = [];
  const live = await CrashingStatistics.start({
    settings,
    tables: release.tables,
    warn: (line) => void warnings.push(line),
  });
  onTestFinished(() => live.close());
  return { live, release, warnings };
}

async function feed(live: LiveStatistics, events: readonly Uint8Array[]): Promise<number[]> {
  const outcomes: number[] = [];
  for (let i = 0; i < events.length; i += 500)
    outcomes.push(...(await live.submit(packEvents(events.slice(i, i + 500)))));
  return outcomes;
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => PairstreamError.from(error).code,
  );
}

describe('LiveStatistics', () => {
  it('makes the tables of the release learn, and continues after a close', async () => {
    const settings = stateSettings(stateFolder());
    const { live, release } = await start(settings);
    expect(live.freshness.appliedCount).toBe(0);
    expect(new Set(await feed(live, rowEvents))).toEqual(new Set([ACCEPTED]));
    expect(differenceOf(replay.tables, release.tables)).toEqual(SAME);
    expect(live.freshness).toMatchObject({ appliedCount: rowEvents.length, duplicateCount: 0, lagCount: 0 });
    await live.close();
    expect(await codeOf(feed(live, rowEvents.slice(0, 1)))).toBe('SHUTTING_DOWN');

    const again = await start(settings);
    expect(differenceOf(replay.tables, again.release.tables)).toEqual(SAME);
    expect(new Set(await feed(again.live, rowEvents))).toEqual(new Set([DUPLICATE]));
    expect(again.live.freshness).toMatchObject({
      appliedCount: rowEvents.length,
      duplicateCount: rowEvents.length,
    });
    expect(again.warnings).toEqual([]);
  });

  it('refuses events beyond the bound with BUSY', async () => {
    const { live } = await start(stateSettings(stateFolder(), emptyStatistics(), { maxPendingCount: 600 }));
    const first = live.submit(packEvents(rowEvents.slice(0, 600)));
    await expect(live.submit(packEvents(rowEvents.slice(600, 601)))).rejects.toMatchObject({
      code: 'BUSY',
      retryAfterMs: expect.any(Number),
    });
    await first;
    expect(await feed(live, rowEvents.slice(600, 601))).toEqual([ACCEPTED]);
  });

  it('answers what is in flight before it closes', async () => {
    const settings = stateSettings(stateFolder());
    const { live } = await start(settings);
    const submitted = [0, 1, 2].map((i) => live.submit(packEvents(rowEvents.slice(i * 300, (i + 1) * 300))));
    await live.close();
    for (const outcomes of await Promise.all(submitted))
      expect(outcomes.every((o) => o === ACCEPTED)).toBe(true);
    expect((await start(settings)).live.freshness.appliedCount).toBe(900);
  });

  it('starts its thread anew after a crash: readers keep their tables, no event is lost or doubled', async () => {
    const settings = stateSettings(stateFolder());
    const { live, release, warnings } = await start(settings);
    await feed(live, rowEvents.slice(0, 2_000));
    await live.snapshot();
    await feed(live, rowEvents.slice(2_000, 3_000));
    const before = release.tables.map(({ keyCount }) => keyCount);
    const inFlight = codeOf(live.submit(packEvents(rowEvents.slice(3_000, 3_500))));
    await live.crashNow();
    expect(['resolved', 'EVENT_LOG_UNAVAILABLE']).toContain(await inFlight);
    expect(release.tables.every(({ keyCount }, i) => keyCount >= before[i]!)).toBe(true);
    expect(live.problem).toContain('state thread');
    expect(await codeOf(feed(live, rowEvents.slice(0, 1)))).toBe('EVENT_LOG_UNAVAILABLE');
    await expect.poll(() => live.problem, { timeout: 150_000 }).toBeUndefined();
    await feed(live, rowEvents);
    expect(live.freshness.appliedCount).toBe(rowEvents.length);
    expect(differenceOf(replay.tables, release.tables)).toEqual(SAME);
    expect(live.restartCount).toBe(1);
    expect(warnings).toEqual([expect.stringContaining('feedback is refused')]);
  });

  it('refuses events while the log is full, snapshots and goes on: nothing is lost or doubled', async () => {
    const log = { kind: 'embedded', maxBytes: 1 << 20 } as const;
    const { live } = await start(stateSettings(stateFolder(), emptyStatistics(), { log }));
    // Three times the bound.
    for (let first = 0; first < 30_000;) {
      const code = await codeOf(live.submit(numberedImpressions(first, 500)));
      if (code === 'resolved') first += 500;
      expect(['resolved', 'EVENT_LOG_UNAVAILABLE']).toContain(code);
      if (code !== 'resolved') await setTimeout(50);
    }
    expect(live.freshness.appliedCount).toBe(30_000);
    await expect.poll(() => live.gauges.get('snapshotCount')).toBeGreaterThan(2);
    expect(live.gauges.get('logBytes')).toBeLessThanOrEqual(1 << 20);
  });

  it('does not start with a folder that another process holds', async () => {
    const settings = stateSettings(stateFolder());
    await start(settings);
    expect(await codeOf(start(settings))).toBe('EVENT_LOG_UNAVAILABLE');
  });

  it('does not start with a folder that cannot be made', async () => {
    const settings = stateSettings(stateFolder());
    const folder = `${settings.statisticsPath}/state`;
    expect(await codeOf(start({ ...settings, folder }))).toBe('OUTPUT_FAILED');
  });

  it('does not start without the statistics file', async () => {
    const settings = stateSettings(stateFolder());
    expect(await codeOf(start({ ...settings, statisticsPath: '/nowhere/x' }))).toBe('INVALID_SNAPSHOT');
  });

  it('forgets a user', async () => {
    const settings = stateSettings(stateFolder());
    const { live, release } = await start(settings);
    await feed(live, rowEvents);
    const view = new DataView(rowEvents[0]!.buffer);
    const user = { lo: view.getInt32(8, true), hi: view.getInt32(12, true) };
    const { keyCount, eventCount } = await live.forget(user);
    expect(keyCount).toBeGreaterThan(0);
    expect(eventCount).toBeGreaterThan(0);
    expect(differenceOf(replay.tables, release.tables).largest).toBeGreaterThan(0.1);
  });
});
