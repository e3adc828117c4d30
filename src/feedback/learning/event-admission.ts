import { PairstreamError } from '../../errors/pairstream-error.js';
import { DAY_S } from '../../pairs/unix-time.js';
import { EVENT_BYTES, kindOf, timeOf } from '../events/event-record.js';
import { predictedAtOf, readPairId } from '../events/pair-record.js';
import { ACCEPTED, DUPLICATE, TOO_OLD } from '../feedback-sink.js';
import type { EventApplier } from './event-applier.js';
import type { PendingCall, PendingEvents } from './pending-events.js';
import type { SeenEvents } from './seen-events.js';

/** Delay that a caller should wait before it sends refused events again. */
const BUSY_RETRY_MS = 100;
/** Days leave the set of seen events with event time, so waiting a moment does not help. */
const FULL_RETRY_MS = 60_000;

/** Rules and state that decide whether an event is appended. */
export interface EventAdmissionOptions {
  readonly applier: EventApplier;
  readonly seen: SeenEvents;
  readonly pending: PendingEvents;
  /** Attribution window, seconds of event time. */
  readonly windowS: number;
  /** The statistics file of the release has learned all events before this time, Unix seconds. */
  readonly asOfS: number;
}

/** Decision on the events of a call. */
export interface Admission {
  /** One outcome per event. */
  readonly outcomes: Uint8Array;
  /** Accepted events, to be appended: moved to the front of the call's buffer. */
  readonly accepted: Uint8Array<ArrayBuffer>;
  readonly duplicateCount: number;
  readonly tooOldCount: number;
  /** Other calls with events of the same pair and kind in flight. A duplicate is durable when they are. */
  readonly earlier: ReadonlySet<PendingCall>;
}

/** Decides which events are appended to the log: new events inside the attribution window. */
export class EventAdmission {
  private readonly options: EventAdmissionOptions;
  private readonly pairId = { lo: 0, hi: 0 };

  constructor(options: EventAdmissionOptions) {
    this.options = options;
  }

  /**
   * Decides on the events of a call, and notes the accepted events as pending.
   * @throws PairstreamError BUSY if too many events are pending, SEEN_EVENTS_FULL if the set of seen events has no room; then no
   *   event is noted
   */
  admit(events: Uint8Array<ArrayBuffer>, call: PendingCall): Admission {
    const count = events.length / EVENT_BYTES;
    this.expectRoom(count);
    const { pairId } = this;
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    const outcomes = new Uint8Array(count);
    const earlier = new Set<PendingCall>();
    let acceptedBytes = 0;
    let duplicateCount = 0;
    let tooOldCount = 0;
    for (let i = 0; i < count; i += 1) {
      const at = i * EVENT_BYTES;
      readPairId(view, at, pairId);
      const outcome = this.outcomeOf(view, at, call, earlier);
      outcomes[i] = outcome;
      if (outcome === DUPLICATE) duplicateCount += 1;
      else if (outcome === TOO_OLD) tooOldCount += 1;
      else {
        this.options.pending.add(pairId.lo, pairId.hi, kindOf(view, at), call);
        if (acceptedBytes < at) events.copyWithin(acceptedBytes, at, at + EVENT_BYTES);
        acceptedBytes += EVENT_BYTES;
      }
    }
    return { outcomes, accepted: events.subarray(0, acceptedBytes), duplicateCount, tooOldCount, earlier };
  }

  /** Takes back the accepted events of a call whose append failed. */
  withdraw({ accepted }: Admission, call: PendingCall): void {
    const view = new DataView(accepted.buffer, accepted.byteOffset, accepted.byteLength);
    const { pairId } = this;
    for (let at = 0; at < accepted.length; at += EVENT_BYTES) {
      readPairId(view, at, pairId);
      this.options.pending.failed(pairId.lo, pairId.hi, kindOf(view, at), call);
    }
  }

  private outcomeOf(view: DataView, at: number, call: PendingCall, earlier: Set<PendingCall>): number {
    const { applier, seen, pending, windowS, asOfS } = this.options;
    const { lo, hi } = this.pairId;
    const kind = kindOf(view, at);
    if (seen.has(lo, hi, kind)) return DUPLICATE;
    const timeS = timeOf(view, at);
    const oldestS = Math.max(asOfS, applier.watermarkS - windowS);
    if (timeS < oldestS || timeS > predictedAtOf(view, at) + windowS) return TOO_OLD;
    const other = pending.find(lo, hi, kind);
    if (other === undefined) return ACCEPTED;
    if (other !== call) earlier.add(other);
    return DUPLICATE;
  }

  private expectRoom(count: number): void {
    const { pending, seen } = this.options;
    if (!pending.hasRoomFor(count))
      throw new PairstreamError('BUSY', `${pending.count} events are in flight`, {
        retryAfterMs: BUSY_RETRY_MS,
      });
    if (seen.hasRoomFor(pending.count + count)) return;
    throw new PairstreamError(
      'SEEN_EVENTS_FULL',
      `${seen.pairCount} pairs with events of the last days are remembered, the maximum (PAIRSTREAM_MAX_SEEN_PAIRS)`,
      { retryAfterMs: FULL_RETRY_MS },
    );
  }
}

/** Seconds that events are remembered for: the attribution window and one day. */
export function keptSeconds(windowS: number): number {
  return windowS + DAY_S;
}
