import { setImmediate } from 'node:timers/promises';
import { InFlight } from '../../concurrency/in-flight.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { StatisticsStore } from '../../statistics/statistics-store.js';
import { EVENT_BYTES } from '../events/event-record.js';
import type { EventLog, LogGroup, LogPosition } from '../log/event-log.js';
import { type Admission, EventAdmission } from './event-admission.js';
import type { LearnedState } from './learned-state.js';
import { deleteKeysOfUser, eraseEvents, type ForgottenCounts } from './forget-user.js';
import { type PendingCall, PendingEvents } from './pending-events.js';
import { catchUp, type StateStart } from './restore-state.js';
import { StateSnapshots, type StateSnapshotsOptions } from './state-snapshots.js';

/** Part of the log's bound that the events since the newest snapshot may fill. The log holds those of two snapshots. */
const LOG_SHARE = 1 / 8;

/** Minimum time between snapshots that make room in a full log, milliseconds. */
const ROOM_INTERVAL_MS = 250;

/** Parts and bounds of LearningState. */
export interface LearningStateOptions extends Omit<StateSnapshotsOptions, 'restored'> {
  readonly log: EventLog;
  readonly learned: LearnedState;
  /** Where the state begins, see restore-state.ts. */
  readonly start: StateStart;
  /** Place before the first event that the log ever held. */
  readonly logOrigin: LogPosition | undefined;
  /** True if events are applied before they are acknowledged: the log delivers what this process appends without delay. */
  readonly appliesFirst: boolean;
  /** The statistics file of the release has learned all events before this time, Unix seconds. */
  readonly asOfS: number;
  /** Attribution window, seconds of event time. */
  readonly windowS: number;
  /** Bound of events that were appended and not delivered yet. */
  readonly maxPendingCount: number;
  /**
   * A snapshot is written when this many events were applied since the last one, so that a restart stays short. Also when they
   * would fill an eighth of the log's bound: the log is trimmed behind a snapshot.
   */
  readonly maxEventsBehindCount: number;
}

/**
 * State that learns from events: appends new events to the log, applies what the log delivers, and writes snapshots. One thread uses
 * it. The log is the truth: after a crash, the newest snapshot and the events after it give the same state.
 */
export class LearningState {
  /** Rejects when the delivery of events has failed. The state must then be opened anew. */
  readonly failure: Promise<never>;
  private readonly options: LearningStateOptions;
  private readonly pending: PendingEvents;
  private readonly admission: EventAdmission;
  private readonly snapshots: StateSnapshots;
  /** Place in the log after the last applied group. */
  private position: LogPosition | undefined;
  /** Events applied since the newest snapshot, and since the last attempt to write one. */
  private eventsBehindCount = 0;
  private eventsSinceTryCount = 0;
  private deliveredNow = 0;
  private readonly maxBehindCount: number;
  private nextRoomAtMs = 0;
  private isWorking = false;
  private isClosing = false;
  private readonly inFlight = new InFlight();
  /** Rejects the calls that wait for the delivery of their events. */
  private readonly waiting = new Set<(error: unknown) => void>();

  private constructor(options: LearningStateOptions) {
    const { learned, start, log } = options;
    this.options = options;
    this.pending = new PendingEvents(options.maxPendingCount);
    this.admission = new EventAdmission({
      ...options,
      applier: learned.applier,
      seen: learned.seen,
      pending: this.pending,
    });
    const { continued } = start;
    const restored =
      continued === undefined ? undefined : { path: continued.path, position: continued.header.position };
    this.position = restored?.position;
    this.snapshots = new StateSnapshots({ ...options, restored });
    const { maxDiskBytes } = log.state;
    const maxLoggedCount = maxDiskBytes === 0 ? Infinity : (maxDiskBytes * LOG_SHARE) / EVENT_BYTES;
    this.maxBehindCount = Math.min(options.maxEventsBehindCount, maxLoggedCount);
    this.failure = log.failure;
    this.failure.catch((error: unknown) => {
      for (const reject of this.waiting) reject(error);
    });
  }

  /**
   * Applies the events that the log holds after the start.
   * @throws PairstreamError EVENT_LOG_GAP, EVENT_LOG_DAMAGED, EVENT_LOG_UNAVAILABLE, INVALID_SNAPSHOT
   */
  static async open(options: LearningStateOptions): Promise<LearningState> {
    const state = new LearningState(options);
    const { learned, start, log, logOrigin } = options;
    await catchUp(learned, start, log, logOrigin, (group) => state.deliver(group));
    return state;
  }

  /** Events appended and not delivered yet. */
  get pendingCount(): number {
    return this.pending.count;
  }

  /** Events that the log has delivered since the start. */
  get deliveredCount(): number {
    return this.deliveredNow;
  }

  /** Snapshots written and failed, and the newest one. */
  get snapshotCounts(): Pick<StateSnapshots, 'writtenCount' | 'failedCount' | 'newest'> {
    return this.snapshots;
  }

  /** Tables and their sizes. */
  get store(): StatisticsStore {
    return this.options.learned.store;
  }

  /** Events applied since the newest snapshot. */
  get behindCount(): number {
    return this.eventsBehindCount;
  }

  /**
   * Makes events durable and, with `appliesFirst`, applies them.
   * @param events records of EVENT_BYTES each; owned by the state from now on
   * @returns one outcome per event, see feedback-sink.ts
   * @throws PairstreamError BUSY, SEEN_EVENTS_FULL, EVENT_LOG_UNAVAILABLE, SHUTTING_DOWN
   */
  async submit(events: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (this.isClosing) throw new PairstreamError('SHUTTING_DOWN', 'the gateway is shutting down');
    const settled = Promise.withResolvers<void>();
    const delivered = Promise.withResolvers<void>();
    // Calls with the same events may wait for these, or nobody.
    settled.promise.catch(() => undefined);
    delivered.promise.catch(() => undefined);
    const call = { pendingCount: 0, settled: settled.promise, onDelivered: delivered.resolve };
    const admission = this.admission.admit(events, call);
    this.inFlight.enter();
    this.waiting.add(delivered.reject);
    try {
      await this.append(admission, call, delivered.promise);
      settled.resolve();
    } catch (error) {
      settled.reject(error);
      throw error;
    } finally {
      this.waiting.delete(delivered.reject);
      this.inFlight.leave();
    }
    const { counts } = this.options.learned.applier;
    counts.duplicateCount += admission.duplicateCount;
    counts.tooOldCount += admission.tooOldCount;
    return admission.outcomes;
  }

  /** Writes a snapshot if events were applied since the newest one. @returns false if it failed */
  async snapshot(): Promise<boolean> {
    if (this.eventsBehindCount === 0) return true;
    return await this.writeSnapshot();
  }

  /**
   * Removes what belongs to one user alone: keys of the tables, logged events, and snapshots that hold them.
   * @throws PairstreamError OUTPUT_FAILED, EVENT_LOG_UNAVAILABLE; the caller then repeats it
   */
  async forget(user: Readonly<Hash64>): Promise<ForgottenCounts> {
    const { learned, log } = this.options;
    const eventCount = await eraseEvents(log, user);
    await this.snapshots.whenIdle();
    const keyCount = deleteKeysOfUser(learned.store.writers, learned.applier.languages, user);
    this.store.compact();
    void this.work();
    if (!(await this.writeSnapshot()))
      throw new PairstreamError(
        'OUTPUT_FAILED',
        'a snapshot without the user cannot be written, see the log',
      );
    await this.snapshots.keepNewestAlone();
    return { keyCount, eventCount };
  }

  /** Refuses new events, waits for those in flight, and writes a last snapshot. The caller then closes the log. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.inFlight.whenIdle();
    await this.snapshots.whenIdle();
    await this.snapshot();
  }

  private async writeSnapshot(): Promise<boolean> {
    // The log has delivered nothing: there is no place to write down, and nothing to lose.
    if (this.position === undefined) return true;
    const behindCount = this.eventsBehindCount;
    this.eventsSinceTryCount = 0;
    const isWritten = await this.snapshots.write(this.position);
    if (isWritten) this.eventsBehindCount -= behindCount;
    return isWritten;
  }

  /** Trims a full log: behind the older of two snapshots, so a second one at the same place may be needed. */
  private makeRoom(): void {
    const nowMs = performance.now();
    if (nowMs < this.nextRoomAtMs) return;
    this.nextRoomAtMs = nowMs + ROOM_INTERVAL_MS;
    void this.writeSnapshot();
  }

  private async append(admission: Admission, call: PendingCall, delivered: Promise<void>): Promise<void> {
    const { accepted, earlier } = admission;
    if (accepted.length > 0) {
      const { log, appliesFirst } = this.options;
      try {
        await log.append(accepted);
      } catch (error) {
        this.admission.withdraw(admission, call);
        if (PairstreamError.from(error).code === 'EVENT_LOG_UNAVAILABLE') this.makeRoom();
        throw error;
      }
      if (appliesFirst && call.pendingCount > 0) await delivered;
    }
    // An event of these calls is the reason for a duplicate: the duplicate is durable when they are.
    for (const { settled } of earlier) await settled;
  }

  private deliver({ events, position }: LogGroup): void {
    const hasWork = this.options.learned.apply(events, this.pending);
    this.position = position;
    const eventCount = events.length / EVENT_BYTES;
    this.deliveredNow += eventCount;
    this.eventsBehindCount += eventCount;
    this.eventsSinceTryCount += eventCount;
    if (hasWork) void this.work();
    if (this.eventsSinceTryCount >= this.maxBehindCount) void this.writeSnapshot();
  }

  /** Does the tables' own work in small steps, between the events. */
  private async work(): Promise<void> {
    if (this.isWorking) return;
    this.isWorking = true;
    do await setImmediate();
    while (this.store.step());
    this.isWorking = false;
  }
}
