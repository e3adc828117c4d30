import { ConsecutiveBreaker, ExponentialBackoff, type IBackoff } from 'cockatiel';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { ModelBinding } from '../model-binding.js';

/** So many failures in a row take a model out of service. */
const MOST_FAULTS = 3;
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
    this.backoff = undefined;
    this.breaker = new ConsecutiveBreaker(MOST_FAULTS);
  }

  /** Takes it out of service; it may be checked at once. */
  eject(error: PairstreamError): void {
    this.outageError = error;
    this.nextCheckMs = 0;
  }

  /** Its check has failed. */
  reject(error: PairstreamError, nowMs: number): void {
    this.outageError = error;
    this.backoff = this.backoff === undefined ? RECHECKS.next() : this.backoff.next(undefined);
    this.nextCheckMs = nowMs + this.backoff.duration;
  }

  /** A call has failed for a reason that is the server's. @returns whether there were too many in a row */
  fail(): boolean {
    return this.breaker.failure();
  }

  succeed(): void {
    this.breaker.success();
  }

  /** Its share of calls beside one that has long served: a model that has come back begins with few. */
  shareAt(nowMs: number): number {
    return Math.min(1, FIRST_SHARE + ((1 - FIRST_SHARE) * (nowMs - this.returnedMs)) / SLOW_RETURN_MS);
  }
}

const RECHECKS = new ExponentialBackoff({ initialDelay: FIRST_RECHECK_MS, maxDelay: LONGEST_RECHECK_MS });
