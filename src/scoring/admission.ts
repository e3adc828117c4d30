import type { QueueEstimate } from './batching/batcher.js';
import { InFlight } from '../concurrency/in-flight.js';
import type { CallAccount } from '../concurrency/caller-accounts.js';
import { callerLimit } from '../concurrency/caller-limit.js';
import { Sharing } from '../concurrency/sharing.js';
import { ThreadLevel } from '../concurrency/thread-level.js';
import { PairstreamError } from '../errors/pairstream-error.js';

/**
 * Reason to refuse a request with BUSY: the bound on pairs in flight of all callers (in_flight), of one caller or of one stream, the
 * request's deadline, or the bound on queue time.
 */
export type RefusalReason = 'in_flight' | 'caller' | 'stream' | 'deadline' | 'queue';

/** Bounds of an admission. */
export interface AdmissionBounds {
  /** Maximum number of pairs in flight. */
  readonly maxInFlightPairs: number;
  /** Pairs in flight of all threads that `maxInFlightPairs` bounds together. Default: of this predictor alone. */
  readonly inFlightLevel?: ThreadLevel | undefined;
  /** Maximum number of pairs in flight of one call. Default: no bound besides the others. */
  readonly maxPairsPerStream?: number | undefined;
  /** Maximum estimated queue time of a request, milliseconds. */
  readonly maxQueueMs: number;
}

/** Receives the counts of an admission. */
export interface AdmissionObserver {
  /** Number of pairs in flight, after every change. */
  inFlightPairs(pairCount: number): void;
  /** A request was refused. */
  requestRefused(reason: RefusalReason): void;
}

/**
 * Factor on estimated times. An answer comes later than estimated for three reasons: rows that arrive later share its batch,
 * the pace falls, or the request waited unread in the socket while the process was busy. Each admitted request therefore adjusts
 * the factor: up if the answer missed the deadline, down otherwise. With these steps the factor settles where about 4 % of the
 * requests miss their deadline.
 */
const MARGIN = { least: 1.1, initial: 1.5, most: 4, afterMiss: 1.03, afterHit: 0.9988 } as const;
/** Fraction of a request's time that the answer needs to reach the caller. An answer with less time left counts as late. */
const TRANSIT_SHARE = 0.1;
const LONGEST_RETRY_MS = 10_000;

/** An admitted request. */
export interface Admitted {
  readonly pairCount: number;
  readonly deadlineMs: number;
  readonly admittedMs: number;
  /** True if the request was admitted by an estimate, false if the gateway was idle. */
  readonly isEstimated: boolean;
  /** Call of the request; undefined: of no caller that is known. */
  readonly call: CallAccount | undefined;
}

/** Admits requests while the process can answer them in time, and counts the pairs in flight. */
export class Admission {
  private readonly pairs = new InFlight();
  private readonly level: ThreadLevel;
  private margin: number = MARGIN.initial;
  private readonly sharing = new Sharing();

  /**
   * @param estimate returns the estimated times of a request of a caller that would arrive now; undefined while idle or without a
   *   measured pace
   */
  constructor(
    private readonly bounds: AdmissionBounds,
    private readonly estimate: (pairCount: number, caller?: string) => QueueEstimate | undefined,
    private readonly observer: AdmissionObserver,
  ) {
    this.level = bounds.inFlightLevel ?? ThreadLevel.alone();
  }

  /** Number of pairs in flight in this thread. */
  get inFlightPairCount(): number {
    return this.pairs.count;
  }

  /**
   * Refuses a request that exceeds a bound, or that cannot be answered before its deadline at the measured pace. While the
   * gateway is idle there is no estimate, and the request is admitted.
   * @param deadlineMs instant on the clock of `nowMs`; Infinity: no deadline
   * @param call of the request. Default: none, and no bound of a caller
   * @throws PairstreamError BUSY with retryAfterMs
   */
  check(pairCount: number, deadlineMs: number, nowMs: number, call?: CallAccount): void {
    const { maxQueueMs } = this.bounds;
    const estimate = this.estimate(pairCount, call?.caller.name);
    const queueMs = estimate?.queueMs ?? 0;
    this.checkPairs(pairCount, queueMs, call);
    if (estimate === undefined) return;
    if (queueMs > maxQueueMs) {
      const message = `about ${Math.round(queueMs)} ms of work are queued, at most ${maxQueueMs} ms are accepted`;
      throw this.refusal('queue', message, queueMs - maxQueueMs);
    }
    const neededMs = this.margin * (queueMs + estimate.serviceMs);
    const leftMs = deadlineMs - nowMs;
    if (neededMs > leftMs) {
      const message = `an answer takes up to ${Math.round(neededMs)} ms at the current load, ${Math.round(leftMs)} ms are left until the deadline`;
      throw this.refusal('deadline', message, Math.min(queueMs, (neededMs - leftMs) / this.margin));
    }
  }

  /**
   * Admits a request and counts its pairs.
   * @throws PairstreamError the errors of `check`
   */
  enter(pairCount: number, deadlineMs: number, nowMs: number, call?: CallAccount): Admitted {
    this.check(pairCount, deadlineMs, nowMs, call);
    const isEstimated = this.estimate(pairCount) !== undefined;
    this.pairs.enter(pairCount);
    this.publish();
    // Another thread may have admitted pairs since the check.
    const othersCount = this.level.total - pairCount;
    if (othersCount + pairCount > this.bounds.maxInFlightPairs) {
      this.pairs.leave(pairCount);
      this.publish();
      throw this.fullRefusal(othersCount, pairCount, 0);
    }
    countPairs(call, pairCount);
    return { pairCount, deadlineMs, admittedMs: nowMs, isEstimated, call };
  }

  /** Ends an admitted request: subtracts its pairs and adjusts the factor on estimates. */
  leave({ pairCount, deadlineMs, admittedMs, isEstimated, call }: Admitted, nowMs: number): void {
    this.pairs.leave(pairCount);
    countPairs(call, -pairCount);
    this.publish();
    if (deadlineMs === Infinity) return;
    const isMissed = nowMs > deadlineMs - TRANSIT_SHARE * (deadlineMs - admittedMs);
    // Without an estimate, a missed deadline says nothing about the factor.
    if (isMissed && !isEstimated) return;
    const step = isMissed ? MARGIN.afterMiss : MARGIN.afterHit;
    this.margin = Math.min(MARGIN.most, Math.max(MARGIN.least, this.margin * step));
  }

  /**
   * Waits until no pair is in flight.
   * @returns true if no pair is in flight, false if the timeout passed before
   */
  whenIdle(timeoutMs: number): Promise<boolean> {
    return this.pairs.whenIdle(timeoutMs);
  }

  /** Refuses a request that exceeds a bound on pairs in flight: of all callers, of its stream or of its caller. */
  private checkPairs(pairCount: number, queueMs: number, call: CallAccount | undefined): void {
    const { maxInFlightPairs, maxPairsPerStream = Infinity } = this.bounds;
    const { total } = this.level;
    if (call !== undefined) this.sharing.note(call.caller.name);
    if (total + pairCount > maxInFlightPairs) throw this.fullRefusal(total, pairCount, queueMs);
    if (call === undefined) return;
    const { caller, pairCount: ofCall } = call;
    if (ofCall > 0 && ofCall + pairCount > maxPairsPerStream) {
      const message = `${ofCall} pairs of this stream are in flight and ${pairCount} more were requested, expected at most ${maxPairsPerStream} (PAIRSTREAM_MAX_PAIRS_PER_STREAM)`;
      throw this.refusal('stream', message, queueMs / 2);
    }
    // A caller without pairs in flight is admitted while there is room, however large its request is.
    if (caller.pairCount === 0) return;
    const limit = callerLimit(maxInFlightPairs, total, this.sharing.isShared);
    if (caller.pairCount + pairCount <= limit) return;
    const message = `${caller.pairCount} pairs of caller ${caller.name} are in flight and ${pairCount} more were requested, expected at most ${limit}: while others are active, a caller may have as many pairs in flight as are free of ${maxInFlightPairs} (PAIRSTREAM_MAX_IN_FLIGHT_PAIRS)`;
    throw this.refusal('caller', message, queueMs / 2);
  }

  private publish(): void {
    this.level.own = this.pairs.count;
    this.observer.inFlightPairs(this.pairs.count);
  }

  private fullRefusal(inFlightCount: number, pairCount: number, queueMs: number): PairstreamError {
    const message = `${inFlightCount} pairs are in flight and ${pairCount} more were requested, expected at most ${this.bounds.maxInFlightPairs}`;
    return this.refusal('in_flight', message, queueMs / 2);
  }

  private refusal(reason: RefusalReason, message: string, retryMs: number): PairstreamError {
    this.observer.requestRefused(reason);
    const retryAfterMs = Math.min(LONGEST_RETRY_MS, Math.max(1, Math.ceil(retryMs)));
    return new PairstreamError('BUSY', message, { retryAfterMs });
  }
}

function countPairs(call: CallAccount | undefined, change: number): void {
  if (call === undefined) return;
  call.pairCount += change;
  call.caller.pairCount += change;
}
