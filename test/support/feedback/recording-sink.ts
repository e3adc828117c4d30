import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import { EVENT_BYTES, kindOf, timeOf } from '../../../src/feedback/events/event-record.js';
import { readPairId } from '../../../src/feedback/events/pair-record.js';
import {
  ACCEPTED,
  DUPLICATE,
  type FeedbackFreshness,
  type FeedbackSink,
} from '../../../src/feedback/feedback-sink.js';

/** An event that a sink received. */
export interface ReceivedEvent {
  readonly pairId: string;
  readonly kind: number;
  readonly timeS: number;
}

/** A sink in memory, which counts every pair and kind once. A test can hold its answers back, and make it fail. */
export class RecordingSink implements FeedbackSink {
  readonly events: ReceivedEvent[] = [];
  /** Called for every submit: a promise to wait for, or an error to throw. */
  beforeSubmit: () => Promise<void> | void = () => undefined;
  /** Outcome of each event that is not a duplicate. */
  outcomeOf: (event: ReceivedEvent) => number = () => ACCEPTED;
  freshness: FeedbackFreshness = {
    newestEventS: 0,
    lagCount: 0,
    appliedCount: 0,
    duplicateCount: 0,
    tooOldCount: 0,
  };
  /** Requests that were submitted and are not answered. */
  inFlightCount = 0;

  async submit(events: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    // As postMessage would: the caller cannot use the buffer afterwards.
    const own = structuredClone(events, { transfer: [events.buffer] });
    this.inFlightCount += 1;
    try {
      await this.beforeSubmit();
    } finally {
      this.inFlightCount -= 1;
    }
    const view = new DataView(own.buffer, own.byteOffset, own.byteLength);
    const hash = { lo: 0, hi: 0 };
    return Uint8Array.from({ length: own.length / EVENT_BYTES }, (_, i) => {
      const at = i * EVENT_BYTES;
      readPairId(view, at, hash);
      const event = { pairId: `${hash.lo} ${hash.hi}`, kind: kindOf(view, at), timeS: timeOf(view, at) };
      const isKnown = this.events.some(({ pairId, kind }) => pairId === event.pairId && kind === event.kind);
      if (isKnown) return DUPLICATE;
      const outcome = this.outcomeOf(event);
      if (outcome === ACCEPTED) this.events.push(event);
      return outcome;
    });
  }
}

/** Error of a log that is full. */
export const LOG_FULL = new PairstreamError('BUSY', 'the event log is full', { retryAfterMs: 250 });
