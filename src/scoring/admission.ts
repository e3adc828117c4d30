import type { QueueEstimate } from './batching/batcher.js';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Reasons to refuse a message with BUSY: the bound of pairs in flight, its own deadline, the bound of queue time. */
export type RefusalReason = 'in_flight' | 'deadline' | 'queue';

/** Bounds of an admission. */
export interface AdmissionBounds {
  /** Most pairs admitted and not answered. */
  readonly maxInFlightPairs: number;
  /** Longest estimated queue time of a message, milliseconds. */
  readonly maxQueueMs: number;
}

/** Receives what an admission counts. */
export interface AdmissionObserver {
  /** Pairs admitted and not answered, after every change. */
  inFlightPairs(pairCount: number): void;
  /** A message was refused. */
  messageRefused(reason: RefusalReason): void;
}

/**
 * Factor on estimated times. An answer is later than its estimate if rows that arrive later share its batch, if the pace falls,
 * and because a request has waited in the socket, unseen, for as long as the process was busy. So the factor follows what
 * becomes of admitted messages: with these steps about 4 % of them may miss their deadline.
 */
const MARGIN = { least: 1.1, initial: 1.5, most: 4, afterMiss: 1.03, afterHit: 0.9988 } as const;
/** Share of its time that an answer needs to reach its caller: a message with less left is counted as missed. */
const TRANSIT_SHARE = 0.1;
const LONGEST_RETRY_MS = 10_000;

/** A message that was admitted. */
export interface Admitted {
  readonly pairCount: number;
  readonly deadlineMs: number;
  readonly admittedMs: number;
  /** True if an estimate said that it would be answered in time. */
  readonly isEstimated: boolean;
}

/** Admits messages while the process can answer them in time, and counts their pairs. */
export class Admission {
  private inFlight = 0;
  private margin: number = MARGIN.initial;

  /** @param estimate times of a message of so many pairs that arrives now; undefined: there is no work, or no pace yet */
  constructor(
    private readonly bounds: AdmissionBounds,
    private readonly estimate: (pairCount: number) => QueueEstimate | undefined,
    private readonly observer: AdmissionObserver,
  ) {}

  /** Pairs admitted and not answered. */
  get inFlightPairCount(): number {
    return this.inFlight;
  }

  /**
   * Refuses a message that would pass a bound, or that cannot be answered before its deadline at the measured pace. While
   * there is no other work, no estimate applies: the message is tried.
   * @param deadlineMs absolute, on the clock of `nowMs`; Infinity: none
   * @throws PairstreamError BUSY with retryAfterMs
   */
  check(pairCount: number, deadlineMs: number, nowMs: number): void {
    const { maxInFlightPairs, maxQueueMs } = this.bounds;
    const estimate = this.estimate(pairCount);
    const queueMs = estimate?.queueMs ?? 0;
    if (this.inFlight + pairCount > maxInFlightPairs) {
      const message = `${this.inFlight} pairs are in flight and ${pairCount} more are asked for, at most ${maxInFlightPairs} are held`;
      throw this.refusal('in_flight', message, queueMs / 2);
    }
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
   * Counts the pairs of a message that `check` lets through.
   * @throws PairstreamError as check
   */
  enter(pairCount: number, deadlineMs: number, nowMs: number): Admitted {
    this.check(pairCount, deadlineMs, nowMs);
    const isEstimated = this.estimate(pairCount) !== undefined;
    this.change(pairCount);
    return { pairCount, deadlineMs, admittedMs: nowMs, isEstimated };
  }

  /** Counts an admitted message that has its answer, or none, and learns from it. */
  leave({ pairCount, deadlineMs, admittedMs, isEstimated }: Admitted, nowMs: number): void {
    this.change(-pairCount);
    if (deadlineMs === Infinity) return;
    const isMissed = nowMs > deadlineMs - TRANSIT_SHARE * (deadlineMs - admittedMs);
    // No estimate was wrong if a message was tried without one.
    if (isMissed && !isEstimated) return;
    const step = isMissed ? MARGIN.afterMiss : MARGIN.afterHit;
    this.margin = Math.min(MARGIN.most, Math.max(MARGIN.least, this.margin * step));
  }

  private change(pairCount: number): void {
    this.inFlight += pairCount;
    this.observer.inFlightPairs(this.inFlight);
  }

  private refusal(reason: RefusalReason, message: string, retryMs: number): PairstreamError {
    this.observer.messageRefused(reason);
    const retryAfterMs = Math.min(LONGEST_RETRY_MS, Math.max(1, Math.ceil(retryMs)));
    return new PairstreamError('BUSY', message, { retryAfterMs });
  }
}
