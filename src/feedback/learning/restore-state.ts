import { PairstreamError } from '../../errors/pairstream-error.js';
import type { StatisticsTable } from '../../statistics/statistics-table.js';
import type { Deliver, EventLog, LogPosition } from '../log/event-log.js';
import type { LearnedState } from './learned-state.js';
import { openStateSnapshot, type StateSnapshot } from './read-state-snapshot.js';
import type { SnapshotFolder } from './snapshot-folder.js';

/** The state to begin with. */
export interface StateStart {
  /** A snapshot of the release's origin, to be continued; undefined if there is none. */
  readonly continued: StateSnapshot | undefined;
  /** Without a snapshot to continue: the newest snapshot of another origin, whose seen events stay seen. */
  readonly other: StateSnapshot | undefined;
  /** True if the folder has snapshots and none is valid. */
  readonly isDamaged: boolean;
}

/**
 * Finds the snapshot to begin with: the newest valid one of an origin, else the newest valid one.
 * @param warn is told of every snapshot that is damaged, and of a change of the origin
 */
export function findStart(folder: SnapshotFolder, origin: string, warn: (line: string) => void): StateStart {
  let other: StateSnapshot | undefined;
  const paths = folder.paths();
  for (const path of paths) {
    const snapshot = validSnapshot(path, warn);
    if (snapshot?.header.origin === origin)
      return { continued: snapshot, other: undefined, isDamaged: false };
    other ??= snapshot;
  }
  if (other !== undefined)
    warn(
      `snapshot ${other.path} began with another statistics file, other tables or another vocabulary: the statistics begin anew with those of the release, and the logged events are applied to them`,
    );
  return { continued: undefined, other, isDamaged: paths.length > 0 && other === undefined };
}

function validSnapshot(path: string, warn: (line: string) => void): StateSnapshot | undefined {
  try {
    return openStateSnapshot(path);
  } catch (error) {
    const { code, message } = PairstreamError.from(error);
    if (code !== 'INVALID_SNAPSHOT') throw error;
    warn(`${message}; the snapshot before it is used`);
    return undefined;
  }
}

/** Tables to begin with: empty ones for the records of a snapshot, else those of the statistics file. */
export function tablesOf(
  { continued }: StateStart,
  create: (table: Pick<StatisticsTable, 'name' | 'horizons'>) => StatisticsTable,
  ofRelease: readonly StatisticsTable[],
): readonly StatisticsTable[] {
  return continued === undefined ? ofRelease : continued.header.tables.map(create);
}

/**
 * Applies the events that the log holds after a start. New events are delivered afterwards.
 * @param learned the start's snapshot is restored, if it has one to continue
 * @param origin place before the first event that the log ever held
 * @throws PairstreamError EVENT_LOG_GAP if the log does not hold all events after the snapshot, EVENT_LOG_DAMAGED,
 *   EVENT_LOG_UNAVAILABLE
 */
export async function catchUp(
  learned: LearnedState,
  start: StateStart,
  log: EventLog,
  origin: LogPosition | undefined,
  deliver: Deliver,
): Promise<void> {
  const { continued, other, isDamaged } = start;
  if (continued !== undefined) {
    await log.consume(continued.header.position, deliver);
  } else if (other !== undefined) {
    await log.consume(undefined, deliver);
    learned.restoreSeenOf(other);
  } else {
    await log.consume(origin, deliver).catch((error: unknown) => {
      throw isDamaged ? withoutSnapshot(error) : error;
    });
  }
}

function withoutSnapshot(error: unknown): PairstreamError {
  const { code, message } = PairstreamError.from(error);
  return new PairstreamError(code, `no snapshot is valid, and ${message}`, { cause: error });
}
