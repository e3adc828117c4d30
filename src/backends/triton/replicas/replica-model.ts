import { ConsecutiveBreaker, ExponentialBackoff, type IBackoff } from 'cockatiel';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { ModelBinding } from '../model-binding.js';

/** So many failures in a row take a model out of service. */
const MOST_FAULTS = 3;
/** So many calls in a row without an answer in time make it show that it can still answer. */
const MOST_LATE = 10;
/** A model that has answered so many calls since its check has recovered. */
const PROVEN_SUCCESSES = 20;
const FIRST_RECHECK_MS = 250;
const LONGEST_RECHECK_MS = 5_000;
/** A model that has come back gets its full share of calls after so long. */
const SLOW_RETURN_MS = 10_000;
const FIRST_SHARE = 0.1;

/**
 * One model on one server.
 *
 *     new ──► out ──check passes──► serving ──► faults in a row, not ready, server lost ──► out
 *              ▲                                                                            │
 *              └────────────── checked again, at longer and longer intervals ◄──────────────┘
 *
 * Readiness is no proof of health: only answers to golden rows bring a model back.
 */
export class ReplicaModel {
  private outageError: PairstreamError | undefined;
  private breaker = new ConsecutiveBreaker(MOST_FAULTS);
  private backoff: IBackoff<unknown> | undefined;
  private nextCheckMs = 0;
  private hasServed = false;
  /** Since it was last admitted. */
  private successCount = 0;
  /** In a row. */
  private lateCount = 0;
  private returnedMs = -Infinity;

  constructor(readonly binding: ModelBinding) {
    this.outageError = new PairstreamError('BACKEND_UNAVAILABLE', `model ${binding.name}: not checked yet`);
  }

  /** Why it takes no calls; undefined when it does. */
  get outage(): PairstreamError | undefined {
    return this.outageError;
  }

  /** Whether a model that is out may be checked. */
  isDue(nowMs: number): boolean {
    return this.outageError !== undefined && nowMs >= this.nextCheckMs;
  }

  /** Its check has passed. */
  admit(nowMs: number): void {
    if (this.hasServed) this.returnedMs = nowMs;
    this.hasServed = true;
    this.outageError = undefined;
    this.successCount = 0;
    this.lateCount = 0;
    this.breaker = new ConsecutiveBreaker(MOST_FAULTS);
  }

  /**
   * Takes it out of service. It may be checked at once, unless it has hardly served since its last check: one that passes its
   * check and then fails its calls is checked less and less often.
   */
  eject(error: PairstreamError, nowMs: number): void {
    const wasServing = this.outageError === undefined;
    this.outageError = error;
    if (!wasServing) return;
    if (this.successCount >= PROVEN_SUCCESSES) this.backoff = undefined;
    this.nextCheckMs = this.backoff === undefined ? 0 : nowMs + this.backoff.duration;
    this.lengthenBackoff();
  }

  /** Its check has failed. */
  reject(error: PairstreamError, nowMs: number): void {
    this.outageError = error;
    this.nextCheckMs = nowMs + this.lengthenBackoff().duration;
  }

  /** A call has failed for a reason that is the server's. @returns whether there were too many in a row */
  fail(): boolean {
    return this.breaker.failure();
  }

  /** A call was not answered in time, which may be the caller's. @returns whether there were too many in a row */
  failLate(): boolean {
    this.lateCount += 1;
    return this.lateCount >= MOST_LATE;
  }

  succeed(): void {
    this.successCount += 1;
    this.lateCount = 0;
    this.breaker.success();
  }

  /** Its share of calls beside one that has long served: a model that has come back begins with few. */
  shareAt(nowMs: number): number {
    return Math.min(1, FIRST_SHARE + ((1 - FIRST_SHARE) * (nowMs - this.returnedMs)) / SLOW_RETURN_MS);
  }

  private lengthenBackoff(): IBackoff<unknown> {
    this.backoff = this.backoff === undefined ? RECHECKS.next() : this.backoff.next(undefined);
    return this.backoff;
  }
}

const RECHECKS = new ExponentialBackoff({ initialDelay: FIRST_RECHECK_MS, maxDelay: LONGEST_RECHECK_MS });
