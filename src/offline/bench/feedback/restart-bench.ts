import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../../config/config.js';
import { TweetRows } from '../../../features/tweet-rows.js';
import { EVENT_BYTES } from '../../../feedback/events/event-record.js';
import type { StateSettings } from '../../../feedback/learning/state-settings.js';
import { LiveStatistics } from '../../../feedback/live-statistics.js';
import { EmbeddedLog } from '../../../feedback/log/embedded-log.js';
import { stateSettingsOf } from '../../../gateway/feedback/state-settings.js';
import { DAY_S } from '../../../pairs/unix-time.js';
import { readReleaseFiles, type ReleaseFiles } from '../../../releases/release.js';
import { World } from '../../world/world.js';
import { timeReadingMs } from '../event-log/file-reading.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { WorldEvents } from './world-events.js';

const EVENT_COUNT = 10_000_000;
const ROUNDS = 3;
const EVENTS_PER_CALL = 50_000;
/** Bounds that the events do not reach: no snapshot is written before the end, so every round applies all events. */
const MAX_LOG_BYTES = 2 ** 36;
const MAX_SEEN_PAIRS = 100_000_000;
const NEVER_MS = 2 ** 31 - 1;
/** Seed and size of the world whose events are logged. */
const WORLD = { seed: 1, userCount: 100_000, pairsPerDay: 250_000 };

/** Parts of a measured restart. */
interface Restart {
  readonly startMs: number;
  readonly readMs: number;
}

/**
 * Start of the state thread with 10 million logged events behind the statistics of the release, by turns with reading the bytes of the
 * log's file. The file is in the page cache for both.
 * @param work folder on the disk of the event log, created if needed
 */
export async function benchRestart(pipelinePath: string, work: string): Promise<Figure[]> {
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, 'bench-restart-'));
  try {
    const files = readReleaseFiles(pipelinePath);
    const settings: StateSettings = {
      ...stateSettingsOf({ ...loadConfig(), stateDir: folder, eventLog: 'embedded' }, files),
      maxSeenPairCount: MAX_SEEN_PAIRS,
      maxEventsBehindCount: EVENT_COUNT + 1,
      snapshotIntervalMs: NEVER_MS,
      log: { kind: 'embedded', maxBytes: MAX_LOG_BYTES },
    };
    const logFolder = join(folder, 'log');
    const diskBytes = await fillLog(logFolder, files, settings.keyScheme);
    const restarts: Restart[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const readMs = timeReadingMs(join(logFolder, 'data.mdb'));
      restarts.push({ readMs, startMs: await startOnce(settings, files) });
      rmSync(join(folder, 'snapshots'), { recursive: true });
    }
    return figuresOf(restarts, diskBytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function fillLog(folder: string, files: ReleaseFiles, keyScheme: number): Promise<number> {
  const { statistics, vocabulary } = files;
  const firstDay = { startS: Math.ceil(statistics.asOfS / DAY_S) * DAY_S };
  const tweetRows = new TweetRows(vocabulary, statistics, 'all');
  const events = new WorldEvents(new World({ ...WORLD, ...firstDay }), tweetRows, keyScheme);
  mkdirSync(dirname(folder), { recursive: true });
  const log = await EmbeddedLog.open({ folder, maxBytes: MAX_LOG_BYTES });
  const call = new Uint8Array(EVENTS_PER_CALL * EVENT_BYTES);
  let filledBytes = 0;
  let left = EVENT_COUNT;
  for (const bytes of events.read(0)) {
    for (let at = 0; at < bytes.length && left > 0;) {
      const taken = bytes.subarray(at, at + call.length - filledBytes);
      call.set(taken, filledBytes);
      at += taken.length;
      filledBytes += taken.length;
      if (filledBytes < call.length) continue;
      await log.append(call.slice());
      left -= EVENTS_PER_CALL;
      filledBytes = 0;
    }
    if (left <= 0) break;
  }
  const { diskBytes } = log.state;
  await log.close();
  return diskBytes;
}

async function startOnce(settings: StateSettings, { statistics }: ReleaseFiles): Promise<number> {
  const startedMs = performance.now();
  const live = await LiveStatistics.start({
    settings,
    tables: statistics.tables,
    warn: (line) => console.error(line),
  });
  const startMs = performance.now() - startedMs;
  const { appliedCount } = live.freshness;
  await live.close();
  if (appliedCount !== EVENT_COUNT) throw new Error(`${appliedCount} events were applied`);
  return startMs;
}

function figuresOf(restarts: readonly Restart[], diskBytes: number): Figure[] {
  const figure = (name: string, unit: string, values: readonly number[]): Figure => {
    const { median: value, p10, p90 } = spreadOf(values);
    return { name, unit, value, p10, p90 };
  };
  const starts = restarts.map(({ startMs }) => startMs / 1_000);
  return [
    { name: 'log on disk', unit: 'bytes/event', value: diskBytes / EVENT_COUNT },
    { ...figure('restart with 10,000,000 logged events', 's', starts), target: '< 60' },
    figure(
      'events read and applied',
      'events/s',
      starts.map((s) => EVENT_COUNT / s),
    ),
    figure(
      'reading the file once',
      's',
      restarts.map(({ readMs }) => readMs / 1_000),
    ),
    {
      ...figure(
        'restart / reading the file once',
        '',
        restarts.map(({ startMs, readMs }) => startMs / readMs),
      ),
      target: '<= 5',
      note: `median of ${ROUNDS} rounds by turns; the file is in the page cache`,
    },
  ];
}
