import { PairstreamError } from '../../../errors/pairstream-error.js';
import { EVENT_BYTES, writeEvent } from '../../../feedback/events/event-record.js';
import { PAIR_RECORD_BYTES, predictedAtOf } from '../../../feedback/events/pair-record.js';
import { DUPLICATE, TOO_OLD } from '../../../feedback/feedback-sink.js';
import type { ClockReading } from '../../../pairs/server-clock.js';
import type { FeedbackRequestReader } from '../decode/feedback-request-reader.js';
import type { EventOutcomes } from '../../../telemetry/feedback-telemetry.js';
import type { FeedbackOutcome } from '../encode/feedback-encoding.js';
import { kindAt, kindCodes, timeAt } from './event-columns.js';
import type { NamedPairs } from './named-pairs.js';

/** The events of one request: records of the valid ones, errors of the others. */
export class EventBatch {
  private readonly failures = new Map<number, PairstreamError>();
  /** Index in the request of each record. */
  private readonly indexes: Uint32Array;
  /** Number of the kind of each event; 0 for a kind that does not exist. */
  private readonly kinds: Uint8Array;
  private recordCount = 0;
  private bytes: Uint8Array<ArrayBuffer>;

  /**
   * @param eventCount as countEvents returns it
   * @param pairs that the events name
   * @param now the server's clock
   */
  constructor(
    reader: FeedbackRequestReader,
    readonly eventCount: number,
    pairs: NamedPairs,
    now: ClockReading,
  ) {
    this.indexes = new Uint32Array(this.eventCount);
    this.kinds = kindCodes(reader, this.eventCount);
    this.bytes = new Uint8Array(this.eventCount * EVENT_BYTES);
    const { records, offsetOf } = pairs;
    const from = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    const out = new DataView(this.bytes.buffer);
    for (let event = 0; event < this.eventCount; event += 1) {
      try {
        const pairAt = offsetOf(event);
        const kind = kindAt(reader, event);
        const timeS = timeAt(reader, event, now, predictedAtOf(view, pairAt));
        const at = this.recordCount * EVENT_BYTES;
        from.copy(this.bytes, at, pairAt, pairAt + PAIR_RECORD_BYTES);
        writeEvent(out, at, kind, timeS);
        this.indexes[this.recordCount++] = event;
      } catch (error) {
        this.failures.set(event, PairstreamError.from(error));
      }
    }
  }

  /** True if no event is valid. */
  get isEmpty(): boolean {
    return this.recordCount === 0;
  }

  /** Hands over the event records, EVENT_BYTES each, in a buffer of their own. Call once. */
  take(): Uint8Array<ArrayBuffer> {
    const { bytes, recordCount } = this;
    this.bytes = new Uint8Array(0);
    return recordCount === this.eventCount ? bytes : bytes.slice(0, recordCount * EVENT_BYTES);
  }

  /** Outcome of all events. @param outcomes one per record, as FeedbackSink.submit returns them */
  outcomeOf(outcomes: Uint8Array): FeedbackOutcome & EventOutcomes {
    const { failures, kinds } = this;
    const duplicates = new Uint8Array(this.eventCount);
    let duplicateCount = 0;
    let tooOldCount = 0;
    for (let i = 0; i < this.recordCount; i += 1) {
      const event = this.indexes[i]!;
      if (outcomes[i] === DUPLICATE) {
        duplicateCount += 1;
        duplicates[event] = 1;
      }
      if (outcomes[i] !== TOO_OLD) continue;
      tooOldCount += 1;
      failures.set(event, tooOld(event));
    }
    return {
      acceptedCount: this.recordCount - duplicateCount - tooOldCount,
      duplicateCount,
      tooOldCount,
      failures: new Map([...failures].sort(([a], [b]) => a - b)),
      kinds,
      outcomeAt: (event) => failures.get(event)?.code ?? (duplicates[event] === 1 ? 'duplicate' : 'accepted'),
    };
  }
}

function tooOld(event: number): PairstreamError {
  const message = `event ${event}: older than the attribution window or than the statistics of the release, not counted`;
  return new PairstreamError('EVENT_TOO_OLD', message);
}
