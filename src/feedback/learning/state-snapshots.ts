import { statSync } from 'node:fs';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { EventLog, LogPosition } from '../log/event-log.js';
import type { LearnedState } from './learned-state.js';
import type { SnapshotFolder } from './snapshot-folder.js';
import { StateSnapshotWriter } from './state-snapshot-file.js';
import { STATE_FORMAT, STATE_VERSION, type StateSnapshotHeader } from './state-snapshot-header.js';

/** A complete snapshot, and its place in the log. */
export interface KeptSnapshot {
  readonly path: string;
  readonly position: LogPosition;
}

/** Measures of the newest snapshot. */
export interface SnapshotMeasures {
  /** When it was complete, Unix milliseconds. */
  readonly atMs: number;
  readonly byteCount: number;
  /** Time that it took, milliseconds; 0 if an earlier process wrote it. */
  readonly durationMs: number;
}

/** Parts of StateSnapshots. */
export interface StateSnapshotsOptions {
  readonly folder: SnapshotFolder;
  readonly log: EventLog;
  readonly learned: LearnedState;
  /** See state-origin.ts. */
  readonly origin: string;
  /** The snapshot that the state was restored from; undefined if it began without one. */
  readonly restored: KeptSnapshot | undefined;
  /** Writes one line to the log of the process. */
  readonly warn: (line: string) => void;
}

/**
 * Writes snapshots of the state, keeps the newest two, and trims the event log behind the older one. If the newest is damaged, the
 * other one and the log still hold every event.
 */
export class StateSnapshots {
  /** Snapshots written. */
  writtenCount = 0;
  /** Snapshots that could not be written. */
  failedCount = 0;
  /** The newest snapshot on disk; undefined without one. */
  newest: SnapshotMeasures | undefined;
  private readonly options: StateSnapshotsOptions;
  /** Newest last. */
  private kept: readonly KeptSnapshot[];
  private running: Promise<boolean> | undefined;

  constructor(options: StateSnapshotsOptions) {
    this.options = options;
    this.kept = options.restored === undefined ? [] : [options.restored];
    this.newest = options.restored && measure(options.restored.path, 0);
  }

  /**
   * Writes a snapshot of the state at this moment. If one is being written, this call returns that one. A failure is logged and
   * counted; the next snapshot tries again.
   * @param position place in the log of the last applied group
   * @returns true if the snapshot is on disk
   */
  async write(position: LogPosition): Promise<boolean> {
    this.running ??= this.writeNow(position).finally(() => {
      this.running = undefined;
    });
    return await this.running;
  }

  /** Waits until no snapshot is being written. */
  async whenIdle(): Promise<void> {
    await this.running;
  }

  /** Removes all snapshots except the newest, for events that must be forgotten. @throws PairstreamError OUTPUT_FAILED */
  async keepNewestAlone(): Promise<void> {
    this.kept = this.kept.slice(-1);
    await this.options.folder.removeAllBut(this.kept.map(({ path }) => path));
  }

  private async writeNow(position: LogPosition): Promise<boolean> {
    const { folder, log, warn } = this.options;
    const path = folder.nextPath();
    const startedMs = performance.now();
    try {
      await this.writeFile(path, position);
      this.newest = measure(path, performance.now() - startedMs);
      this.writtenCount += 1;
      this.kept = [...this.kept, { path, position }].slice(-2);
      await folder.removeAllBut(this.kept.map(({ path }) => path));
      const [older, newer] = this.kept;
      if (older !== undefined && newer !== undefined) await log.trim(older.position);
      return true;
    } catch (error) {
      this.failedCount += 1;
      const { message, cause } = PairstreamError.from(error);
      warn(
        `a snapshot failed, the next one tries again: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`,
      );
      return false;
    }
  }

  private async writeFile(path: string, position: LogPosition): Promise<void> {
    const { learned } = this.options;
    // Header and chunks are of the same moment: nothing is awaited between the two.
    const header = this.headerAt(position);
    const snapshot = learned.beginSnapshot();
    let writer: StateSnapshotWriter | undefined;
    try {
      writer = await StateSnapshotWriter.create(path, header);
      for await (const { kind, payload } of snapshot.chunks) await writer.write(kind, payload);
      await writer.commit();
    } catch (error) {
      await writer?.discard();
      throw error;
    } finally {
      snapshot.end();
    }
  }

  private headerAt(position: LogPosition): StateSnapshotHeader {
    const { learned, origin } = this.options;
    return {
      format: STATE_FORMAT,
      version: STATE_VERSION,
      origin,
      position,
      watermarkS: learned.applier.watermarkS,
      counts: { ...learned.applier.counts },
      tables: learned.store.tables.map(({ name, horizons }) => ({ name, horizons: [...horizons] })),
    };
  }
}

function measure(path: string, durationMs: number): SnapshotMeasures {
  const { mtimeMs, size } = statSync(path);
  return { atMs: mtimeMs, byteCount: size, durationMs };
}
