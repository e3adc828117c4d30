import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../src/errors/pairstream-error.js';
import { EVENT_BYTES, IMPRESSION, kindOf, timeOf } from '../../src/feedback/events/event-record.js';
import { ACCEPTED, DUPLICATE, TOO_OLD } from '../../src/feedback/feedback-sink.js';
import { type OpenState, openWith } from '../../src/feedback/learning/open-state.js';
import type { StateSettings } from '../../src/feedback/learning/state-settings.js';
import { DAY_S } from '../../src/pairs/unix-time.js';
import { emptyStatistics } from '../support/feedback/empty-statistics.js';
import { eventOf, packEvents } from '../support/feedback/labelled-events.js';
import { type MemoryDisk, MemoryLog } from '../support/feedback/memory-log.js';
import { replayed, rowEvents, rows, stateFolder, stateSettings } from '../support/feedback/state-world.js';
import { differenceOf } from '../support/feedback/table-difference.js';

const replay = replayed(rows);
const SAME = { largest: expect.closeTo(0, 6), missing: undefined };
const firstS = timeOf(new DataView(rowEvents[0]!.buffer), 0);

/** A state over a log in memory. */
class TestState {
  readonly warnings: string[] = [];
  constructor(
    readonly open: OpenState,
    readonly log: MemoryLog,
  ) {}

  static async open(settings: StateSettings, disk: MemoryDisk): Promise<TestState> {
    const log = new MemoryLog(disk);
    const warnings: string[] = [];
    const outputs = { publish: () => undefined, warn: (line: string) => void warnings.push(line) };
    const opened = await openWith({ log, origin: 0, appliesFirst: true }, settings, outputs);
    const state = new TestState(opened, log);
    state.warnings.push(...warnings);
    return state;
  }

  /** Submits events in calls of 50, one after another. */
  async feed(events: readonly Uint8Array[]): Promise<number[]> {
    const outcomes: number[] = [];
    for (let i = 0; i < events.length; i += 50)
      outcomes.push(...(await this.open.state.submit(packEvents(events.slice(i, i + 50)))));
    return outcomes;
  }

  difference(): ReturnType<typeof differenceOf> {
    return differenceOf(replay.tables, this.open.state.store.tables);
  }

  get counts() {
    return this.open.learned.applier.counts;
  }
}

async function openNew(changes: Partial<StateSettings> = {}, asOfS = 0) {
  const settings = stateSettings(stateFolder(), emptyStatistics(asOfS), changes);
  const disk: MemoryDisk = { groups: [] };
  return { settings, disk, state: await TestState.open(settings, disk) };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => PairstreamError.from(error).code,
  );
}

describe('events of labelled rows', () => {
  it('give the tables that replay writes', async () => {
    const { state } = await openNew();
    const outcomes = await state.feed(rowEvents);
    expect(new Set(outcomes)).toEqual(new Set([ACCEPTED]));
    expect(state.counts.appliedCount).toBe(rowEvents.length);
    expect(state.difference()).toEqual(SAME);
  });

  it('give the same tables in any order inside the window', async () => {
    // A few engagements come more than seven days after the first impressions.
    const { state } = await openNew({ windowS: 60 * DAY_S });
    const order = rowEvents.map((event, i) => ({ event, at: Math.imul(i + 1, 0x9e3779b1) >>> 0 }));
    const shuffled = order.toSorted((a, b) => a.at - b.at).map(({ event }) => event);
    expect(new Set(await state.feed(shuffled))).toEqual(new Set([ACCEPTED]));
    expect(state.difference()).toEqual(SAME);
  });

  it('count once, however often they come: in one call, in calls at once, and after a restart', async () => {
    const { state, settings, disk } = await openNew();
    const twice = rowEvents.slice(0, 40).flatMap((event) => [event, event]);
    const inOneCall = await state.open.state.submit(packEvents(twice));
    expect([...inOneCall]).toEqual(twice.map((_, i) => (i % 2 === 0 ? ACCEPTED : DUPLICATE)));
    const atOnce = await Promise.all([1, 2, 3].map(() => state.feed(rowEvents)));
    expect(atOnce.flat().filter((outcome) => outcome === ACCEPTED)).toHaveLength(rowEvents.length - 40);
    expect(disk.groups.reduce((sum, group) => sum + group!.length, 0)).toBe(rowEvents.length * EVENT_BYTES);
    const again = await TestState.open(settings, disk);
    expect(new Set(await again.feed(rowEvents))).toEqual(new Set([DUPLICATE]));
    expect(again.difference()).toEqual(SAME);
  });
});

describe('admission', () => {
  it('answers TOO_OLD for events behind the window, the statistics file, and long after the prediction', async () => {
    const { state } = await openNew({}, firstS + 10);
    const [event] = rowEvents;
    const submit = async (kind: number, timeS: number): Promise<number> =>
      (await state.feed([eventOf(event!, kind, timeS)]))[0]!;
    expect(await submit(0, firstS + 9)).toBe(TOO_OLD);
    expect(await submit(0, firstS + 7 * DAY_S + 1)).toBe(TOO_OLD);
    expect(await submit(0, firstS + 7 * DAY_S)).toBe(ACCEPTED);
    // The watermark is seven days after the first event.
    const later = rowEvents.find((other) => timeOf(new DataView(other.buffer), 0) > firstS + 100)!;
    expect((await state.feed([eventOf(later, 1, firstS - 1)]))[0]).toBe(TOO_OLD);
    expect(state.counts).toMatchObject({ appliedCount: 1, tooOldCount: 3 });
  });

  it('refuses new events when the set of seen events is full, and forgets none', async () => {
    const { state } = await openNew({ maxSeenPairCount: 100 });
    const impressions = rowEvents.filter((event) => kindOf(new DataView(event.buffer), 0) === IMPRESSION);
    await state.feed(impressions.slice(0, 100));
    expect(await codeOf(state.feed(impressions.slice(100, 101)))).toBe('SEEN_EVENTS_FULL');
    expect(state.counts.appliedCount).toBe(100);
    expect(state.open.learned.seen.pairCount).toBe(100);
  });

  it('refuses events with BUSY when too many are in flight, and takes them afterwards', async () => {
    const { state } = await openNew({ maxPendingCount: 50 });
    const delay = Promise.withResolvers<void>();
    state.log.delay = delay.promise;
    const first = state.feed(rowEvents.slice(0, 50));
    await expect(state.feed(rowEvents.slice(50, 51))).rejects.toMatchObject({
      code: 'BUSY',
      retryAfterMs: expect.any(Number),
    });
    delay.resolve();
    state.log.delay = undefined;
    await first;
    expect(await state.feed(rowEvents.slice(50, 51))).toEqual([ACCEPTED]);
  });

  it('counts events once whose append failed, whether or not the log has them', async () => {
    for (const storesFailed of [false, true]) {
      const { state, settings, disk } = await openNew();
      state.log.storesFailed = storesFailed;
      state.log.nextFailure = new PairstreamError('EVENT_LOG_UNAVAILABLE', 'disk full');
      const failing = state.feed(rowEvents.slice(0, 50));
      const sameAtOnce = state.feed(rowEvents.slice(0, 50));
      expect(await codeOf(failing)).toBe('EVENT_LOG_UNAVAILABLE');
      expect(await codeOf(sameAtOnce)).toBe('EVENT_LOG_UNAVAILABLE');
      expect(state.open.state.pendingCount).toBe(0);
      await state.feed(rowEvents);
      expect(state.counts.appliedCount).toBe(rowEvents.length);
      expect(state.difference()).toEqual(SAME);
      expect((await TestState.open(settings, disk)).difference()).toEqual(SAME);
    }
  });

  it('fails the calls that wait when the delivery of events fails', async () => {
    const { state } = await openNew();
    state.log.delay = new Promise(() => undefined);
    const waiting = state.feed(rowEvents.slice(0, 10));
    state.log.fail(new PairstreamError('EVENT_LOG_DAMAGED', 'a page is lost'));
    expect(await codeOf(waiting)).toBe('EVENT_LOG_DAMAGED');
  });

  it('skips and counts logged events of another key scheme', async () => {
    const { state, settings, disk } = await openNew();
    await state.feed(rowEvents.slice(0, 100));
    const other = await TestState.open({ ...settings, keyScheme: 7 }, disk);
    expect(other.counts).toMatchObject({ appliedCount: 0, foreignCount: 100 });
  });
});

describe('snapshots', () => {
  const half = rowEvents.length >> 1;

  it('and the events behind them give the same state', async () => {
    const { state, settings, disk } = await openNew();
    await state.feed(rowEvents.slice(0, half));
    expect(await state.open.state.snapshot()).toBe(true);
    await state.feed(rowEvents.slice(half));
    const again = await TestState.open(settings, disk);
    expect(again.difference()).toEqual(SAME);
    expect(again.counts).toEqual(state.counts);
    expect(again.open.learned.seen.pairCount).toBe(state.open.learned.seen.pairCount);
    expect(again.open.learned.applier.watermarkS).toBe(state.open.learned.applier.watermarkS);
  });

  it('hold the moment that they began at, while events go on', async () => {
    const { state, settings, disk } = await openNew();
    await state.feed(rowEvents.slice(0, half));
    const written = state.open.state.snapshot();
    await state.feed(rowEvents.slice(half));
    expect(await written).toBe(true);
    const again = await TestState.open(settings, disk);
    expect(again.difference()).toEqual(SAME);
    expect(again.counts.appliedCount).toBe(rowEvents.length);
    expect(again.counts.duplicateCount).toBe(0);
  });

  it('are kept twice, and the log is trimmed behind the older one', async () => {
    const { state, settings, disk } = await openNew();
    const folder = join(settings.folder, 'snapshots');
    const step = Math.ceil(rowEvents.length / 5);
    for (let i = 0; i < 5; i += 1) {
      await state.feed(rowEvents.slice(i * step, (i + 1) * step));
      await state.open.state.snapshot();
    }
    const names = readdirSync(folder).toSorted();
    expect(names).toEqual(['state-0000000004.snapshot', 'state-0000000005.snapshot']);
    expect(disk.groups[0]).toBeUndefined();
    // The newest is damaged: the older one and the log still hold every event.
    damage(join(folder, names[1]!), 'flips a bit');
    const older = await TestState.open(settings, disk);
    expect(older.warnings).toHaveLength(1);
    expect(older.difference()).toEqual(SAME);
    // Both are damaged, and the log begins behind the first event.
    damage(join(folder, names[0]!), 'cuts the end');
    expect(await codeOf(TestState.open(settings, disk))).toBe('EVENT_LOG_GAP');
  });

  it('are written beside a folder that has the name of a snapshot', async () => {
    const { state, settings, disk } = await openNew();
    await state.feed(rowEvents.slice(0, half));
    await state.open.state.snapshot();
    const folder = join(settings.folder, 'snapshots');
    mkdirSync(join(folder, 'state-0000000002.snapshot'));
    const again = await TestState.open(settings, disk);
    for (const events of [rowEvents.slice(half, half + 50), rowEvents.slice(half + 50)]) {
      await again.feed(events);
      expect(await again.open.state.snapshot()).toBe(true);
    }
    expect(again.warnings).toEqual([]);
    expect(again.difference()).toEqual(SAME);
    expect(readdirSync(folder).toSorted()).toEqual([
      'state-0000000002.snapshot',
      'state-0000000003.snapshot',
      'state-0000000004.snapshot',
    ]);
  });

  it.each(['flips a bit', 'cuts the end', 'is of another format', 'is empty', 'has bytes behind its end'])(
    'are skipped with one line if a fault %s',
    async (fault) => {
      const { state, settings, disk } = await openNew();
      await state.feed(rowEvents.slice(0, half));
      await state.open.state.snapshot();
      await state.feed(rowEvents.slice(half));
      const folder = join(settings.folder, 'snapshots');
      copyFileSync(join(folder, 'state-0000000001.snapshot'), join(folder, 'state-0000000002.snapshot'));
      copyFileSync(
        join(folder, 'state-0000000001.snapshot'),
        join(folder, 'state-0000000003.snapshot.partial'),
      );
      damage(join(folder, 'state-0000000002.snapshot'), fault);
      const again = await TestState.open(settings, disk);
      expect(again.warnings).toEqual([expect.stringContaining('state-0000000002.snapshot')]);
      expect(again.difference()).toEqual(SAME);
      expect(readdirSync(folder)).not.toContain('state-0000000003.snapshot.partial');
    },
  );

  it('that fail are logged, and the next one succeeds', async () => {
    const { state, settings } = await openNew();
    await state.feed(rowEvents);
    const folder = join(settings.folder, 'snapshots');
    const { rmSync, mkdirSync } = await import('node:fs');
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file in place of the folder');
    expect(await state.open.state.snapshot()).toBe(false);
    expect(state.open.state.behindCount).toBe(rowEvents.length);
    rmSync(folder);
    mkdirSync(folder);
    expect(await state.open.state.snapshot()).toBe(true);
    expect(state.open.state.snapshotCounts).toMatchObject({ writtenCount: 1, failedCount: 1 });
    expect(state.open.state.behindCount).toBe(0);
  });

  it('are written at the close', async () => {
    const { state, settings, disk } = await openNew();
    await state.feed(rowEvents);
    await state.open.state.close();
    expect(await codeOf(state.feed(rowEvents.slice(0, 1)))).toBe('SHUTTING_DOWN');
    expect(readdirSync(join(settings.folder, 'snapshots'))).toHaveLength(1);
    disk.groups.fill(undefined);
    expect((await TestState.open(settings, disk)).difference()).toEqual(SAME);
  });
});

describe('a release with other statistics', () => {
  it('begins with its own tables, and the logged events after its time are applied again', async () => {
    const { state, settings, disk } = await openNew();
    await state.feed(rowEvents);
    await state.open.state.snapshot();
    const middleS = timeOf(new DataView(rowEvents[rowEvents.length >> 1]!.buffer), 0);
    const next = stateSettings(join(settings.folder, '..'), emptyStatistics(middleS));
    const other = await TestState.open(next, disk);
    expect(other.warnings).toEqual([expect.stringContaining('begin anew')]);
    const laterCount = rowEvents.filter((event) => timeOf(new DataView(event.buffer), 0) >= middleS).length;
    expect(other.counts).toMatchObject({
      appliedCount: laterCount,
      tooOldCount: rowEvents.length - laterCount,
    });
    // What was seen stays seen.
    expect(new Set(await other.feed(rowEvents))).toEqual(new Set([DUPLICATE]));
    // A snapshot of the new origin is continued.
    await other.feed([eventOf(rowEvents.at(-1)!, 2, middleS + 5)]);
    await other.open.state.snapshot();
    expect((await TestState.open(next, disk)).warnings).toEqual([]);
  });
});

describe('forget', () => {
  it('removes the keys of one user, the logged events and the older snapshots', async () => {
    const { state, settings, disk } = await openNew();
    await state.feed(rowEvents);
    await state.open.state.snapshot();
    const view = new DataView(rowEvents[0]!.buffer);
    const user = { lo: view.getInt32(8, true), hi: view.getInt32(12, true) };
    const eventCount = rowEvents.filter((event) => hasReaderOrAuthor(event, user)).length;
    const counts = await state.open.state.forget(user);
    expect(counts.eventCount).toBe(eventCount);
    expect(counts.keyCount).toBeGreaterThanOrEqual(4);
    const again = await TestState.open(settings, disk);
    expect(readdirSync(join(settings.folder, 'snapshots'))).toHaveLength(1);
    const lost = differenceOf(replay.tables, again.open.state.store.tables);
    expect(lost.missing).toMatch(/^(a|b)_user_id/);
    expect(
      Buffer.concat(disk.groups.filter((group) => group !== undefined)).includes(
        Buffer.from(rowEvents[0]!.subarray(8, 16)),
      ),
    ).toBe(false);
    // Forgetting again finds nothing.
    expect(await again.open.state.forget(user)).toEqual({ keyCount: 0, eventCount: 0 });
  });
});

function hasReaderOrAuthor(event: Uint8Array, { lo, hi }: { lo: number; hi: number }): boolean {
  const view = new DataView(event.buffer);
  return [8, 24].some((at) => view.getInt32(at, true) === lo && view.getInt32(at + 4, true) === hi);
}

function damage(path: string, fault: string): void {
  const bytes = readFileSync(path);
  if (fault === 'flips a bit') {
    bytes[bytes.length >> 1]! ^= 4;
    writeFileSync(path, bytes);
  } else if (fault === 'cuts the end') truncateSync(path, bytes.length - 20);
  else if (fault === 'is of another format') writeFileSync(path, '{"format":"other"}\n');
  else if (fault === 'is empty') truncateSync(path, 0);
  else writeFileSync(path, Buffer.concat([bytes, bytes.subarray(0, 9)]));
}
