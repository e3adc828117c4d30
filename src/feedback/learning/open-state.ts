import { join } from 'node:path';
import type { PairstreamError } from '../../errors/pairstream-error.js';
import { readSnapshot } from '../../statistics/snapshot-file.js';
import { StatisticsStore } from '../../statistics/statistics-store.js';
import { StatisticsTable } from '../../statistics/statistics-table.js';
import type { EventLog } from '../log/event-log.js';
import { keptSeconds } from './event-admission.js';
import { LearnedState } from './learned-state.js';
import { LearningState } from './learning-state.js';
import { type OpenLog, openLog } from './open-log.js';
import { adoptPublished } from './published-snapshot.js';
import { findStart, type StateStart, tablesOf } from './restore-state.js';
import { SeenEvents } from './seen-events.js';
import { SnapshotFolder } from './snapshot-folder.js';
import { stateOrigin } from './state-origin.js';
import type { StateSettings } from './state-settings.js';

/** Outputs of the state. */
export interface StateOutputs {
  /** A table has new memory. */
  readonly publish: (name: string, buffer: SharedArrayBuffer) => void;
  /** One line for the log of the process. */
  readonly warn: (line: string) => void;
  /** The log is open: the events behind the snapshot are applied from now on. */
  readonly onLogOpen?: (log: EventLog) => void;
  /** With `startsWithoutBroker`: no broker can be reached, and the state is that of the newest snapshot. Called at most once. */
  readonly onUnreachable?: (problem: PairstreamError, learned: LearnedState) => void;
}

/** A state that is restored from the newest snapshot, before the events of the log. */
interface RestoredState {
  readonly folder: SnapshotFolder;
  readonly learned: LearnedState;
  readonly start: StateStart;
  readonly origin: string;
  /** The statistics file of the release has learned all events before this time, Unix seconds. */
  readonly asOfS: number;
}

/** An open state with its log and its parts. */
export interface OpenState {
  readonly state: LearningState;
  readonly learned: LearnedState;
  readonly log: EventLog;
}

/**
 * Opens the state directory: restores the newest snapshot and applies the events behind it.
 * @throws PairstreamError INVALID_SNAPSHOT (statistics file), OUTPUT_FAILED (folder), EVENT_LOG_DAMAGED, EVENT_LOG_UNAVAILABLE,
 *   EVENT_LOG_GAP, INVALID_CONFIG (the tables are larger than their bound)
 */
export async function openState(settings: StateSettings, outputs: StateOutputs): Promise<OpenState> {
  const { warn, onLogOpen, onUnreachable } = outputs;
  let restored: RestoredState | undefined;
  const offerSnapshot = (problem: PairstreamError): void => {
    restored = restore(settings, outputs);
    onUnreachable?.(problem, restored.learned);
  };
  // The owner of the log owns the whole folder, so the log is opened before the snapshots.
  const opened = await openLog(
    settings,
    warn,
    settings.startsWithoutBroker === true ? offerSnapshot : undefined,
  );
  onLogOpen?.(opened.log);
  try {
    return await openWith(opened, settings, outputs, restored);
  } catch (error) {
    await opened.log.close();
    throw error;
  }
}

/** Opens the state with a log. @param restored default: restored from the folder @throws PairstreamError as openState */
export async function openWith(
  { log, origin: logOrigin, appliesFirst }: OpenLog,
  settings: StateSettings,
  outputs: StateOutputs,
  restored: RestoredState = restore(settings, outputs),
): Promise<OpenState> {
  const options = { ...settings, ...restored, log, logOrigin, appliesFirst, warn: outputs.warn };
  return { state: await LearningState.open(options), learned: restored.learned, log };
}

function restore(settings: StateSettings, { publish, warn }: StateOutputs): RestoredState {
  const folder = new SnapshotFolder(join(settings.folder, 'snapshots'));
  const { asOfS, sha256, ...release } = readSnapshot(settings.statisticsPath);
  const { keyScheme } = settings;
  const origin = stateOrigin({ statisticsSha256: sha256, keyScheme, tables: release.tables });
  if (settings.snapshotSource !== undefined) adoptPublished(folder, settings.snapshotSource, origin, warn);
  const start = findStart(folder, origin, warn);
  const tables = tablesOf(start, ({ name, horizons }) => new StatisticsTable(name, horizons), release.tables);
  const store = new StatisticsStore(tables, {
    maxBytes: settings.maxStatisticsBytes,
    publish: (index, buffer) => publish(tables[index]!.name, buffer),
  });
  const seen = new SeenEvents({
    keptS: keptSeconds(settings.windowS),
    maxPairCount: settings.maxSeenPairCount,
  });
  const learned = new LearnedState({ store, seen, keyScheme, asOfS });
  learned.addLanguages(release.languages.keys);
  if (start.continued !== undefined) learned.restore(start.continued);
  return { folder, learned, start, origin, asOfS };
}
