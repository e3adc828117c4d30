import { ConsecutiveBreaker, ExponentialBackoff, type IBackoff } from 'cockatiel';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { ModelBinding } from '../model-binding.js';
import { ReloadSchedule } from './reload-schedule.js';
import { ServiceTime } from './service-time.js';

/** Number of calls in a row without an answer in time that ejects a model, until its check passes again. */
const MAX_LATE = 10;
/** Number of answered calls after an admission until the model counts as recovered. */
const PROVEN_SUCCESSES = 20;
const FIRST_RECHECK_MS = 250;
const LONGEST_RECHECK_MS = 5_000;
/** Duration of the ramp-up of a readmitted model, milliseconds. */
const RAMP_UP_MS = 10_000;
const FIRST_SHARE = 0.1;

/**
 * One model on one server.
 *
 *     new ──► ejected ──check passes──► serving ──► faults in a row, not ready, server lost ──► ejected
 *                ▲                                                                                 │
 *                └──────────────────── checked again, at growing intervals ◄───────────────────────┘
 *
 * Readiness is not health: only correct answers to golden rows readmit a model.
 */
export class ReplicaModel {
  private outageError: PairstreamError | undefined;
  private breaker: ConsecutiveBreaker;
  private backoff: IBackoff<unknown> | undefined;
  private nextCheckMs = 0;
  private hasServed = false;
  /** Answered calls since the last admission. */
  private successCount = 0;
  /** Late calls in a row. */
  private lateCount = 0;
  private readmittedMs = -Infinity;
  /** Recent service time of the model on this server. */
  readonly serviceTime = new ServiceTime();
  /** Reloads of the model on this server. */
  readonly reloads = new ReloadSchedule();

  /** @param maxFailures number of failures in a row that eject the model */
  constructor(
    readonly binding: ModelBinding,
    private readonly maxFailures: number,
  ) {
    this.breaker = new ConsecutiveBreaker(maxFailures);
    this.outageError = new PairstreamError('BACKEND_UNAVAILABLE', `model ${binding.name}: not checked yet`);
  }

  /** Reason for the ejection; undefined while the model serves. */
  get outage(): PairstreamError | undefined {
    return this.outageError;
  }

  /** True if an ejected model may be checked now. */
  isDue(nowMs: number): boolean {
    return this.outageError !== undefined && nowMs >= this.nextCheckMs;
  }

  /** Admits the model after its check has passed. */
  admit(nowMs: number): void {
    if (this.hasServed) this.readmittedMs = nowMs;
    this.hasServed = true;
    this.outageError = undefined;
    this.successCount = 0;
    this.lateCount = 0;
    this.breaker = new ConsecutiveBreaker(this.maxFailures);
    this.reloads.admitted();
  }

  /**
   * Ejects the model. It may be checked at once, unless it has served only few calls since its last check: a model that passes
   * its check and then fails its calls is checked at growing intervals.
   */
  eject(error: PairstreamError, nowMs: number): void {
    const wasServing = this.outageError === undefined;
    this.outageError = error;
    if (!wasServing) return;
    if (this.successCount >= PROVEN_SUCCESSES) {
      this.backoff = undefined;
      this.reloads.proven();
    }
    this.nextCheckMs = this.backoff === undefined ? 0 : nowMs + this.backoff.duration;
    this.lengthenBackoff();
  }

  /** Keeps the model ejected after its check has failed. */
  reject(error: PairstreamError, nowMs: number): void {
    this.outageError = error;
    this.nextCheckMs = nowMs + this.lengthenBackoff().duration;
  }

  /** Counts a failure that is the server's fault. @returns true if there were too many in a row */
  fail(): boolean {
    const isTooMuch = this.breaker.failure();
    if (isTooMuch) this.reloads.want(this.hasFailedAgain);
    return isTooMuch;
  }

  /** Counts a late answer, for which the caller's deadline may be the reason. @returns true if there were too many in a row */
  failLate(): boolean {
    this.lateCount += 1;
    return this.lateCount >= MAX_LATE;
  }

  succeed(): void {
    this.successCount += 1;
    this.lateCount = 0;
    this.breaker.success();
  }

  /** Share of calls relative to a model that has served for long, 0.1 to 1: a readmitted model ramps up. */
  shareAt(nowMs: number): number {
    return Math.min(1, FIRST_SHARE + ((1 - FIRST_SHARE) * (nowMs - this.readmittedMs)) / RAMP_UP_MS);
  }

  /** True if the model was ejected, passed its check, and fails again after few calls. */
  private get hasFailedAgain(): boolean {
    const isServing = this.outageError === undefined;
    return isServing && this.readmittedMs > -Infinity && this.successCount < PROVEN_SUCCESSES;
  }

  private lengthenBackoff(): IBackoff<unknown> {
    this.backoff = this.backoff === undefined ? RECHECKS.next() : this.backoff.next(undefined);
    return this.backoff;
  }
}

const RECHECKS = new ExponentialBackoff({ initialDelay: FIRST_RECHECK_MS, maxDelay: LONGEST_RECHECK_MS });
