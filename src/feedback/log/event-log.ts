/** A JSON value. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * Place in a log, after some group. A snapshot keeps it as JSON. Only the log that delivered it can interpret it: the embedded log
 * uses a sequence number, the Kafka log one offset per partition.
 */
export type LogPosition = JsonValue;

/** Events that became durable together. */
export interface LogGroup {
  /**
   * Event records, EVENT_BYTES each, at least one, in log order. Owned by the log: valid until the promise of `deliver` resolves,
   * and the consumer must not modify it.
   */
  readonly events: Uint8Array;
  /** Place after this group: consuming from it delivers the next group first. */
  readonly position: LogPosition;
}

/** Takes one group. The log delivers the next group when the promise has resolved. */
export type Deliver = (group: LogGroup) => Promise<void> | void;

/** Selects event records. @param events a view of the group @param at offset of the record */
export type EventFilter = (events: DataView, at: number) => boolean;

/** Sizes of a log, for metrics and readiness. */
export interface EventLogState {
  /** Bytes of the log on disk, free pages included. 0 if the log is on other machines. */
  readonly diskBytes: number;
  /** Bound of diskBytes; 0 if the log is on other machines. */
  readonly maxDiskBytes: number;
  /** Bytes of events given to `append` that are not durable yet. */
  readonly unsyncedBytes: number;
  /** Bound of unsyncedBytes. */
  readonly maxUnsyncedBytes: number;
  /** Durable events that the slowest running `consume` has not delivered yet. 0 if none runs. */
  readonly lagCount: number;
  /** Durable events that this process appended since the log was opened. */
  readonly appendedCount: number;
  /** Events in the log, blank ones included. NaN if the log cannot tell. */
  readonly storedCount: number;
  /** True while a running `consume` gets no answer, because the log is on other machines. */
  readonly isAway: boolean;
  /** Messages that `consume` skipped since the log was opened, because they hold no event records. 0 if only events can be stored. */
  readonly skippedMessageCount: number;
}

/**
 * Durable, ordered log of event records: the truth that statistics tables are a cache of. Runs in the state thread.
 *
 * Errors of every method: EVENT_LOG_DAMAGED (stored bytes are not what was written; the message says what to do),
 * EVENT_LOG_UNAVAILABLE (disk full, bound of the disk reached, broker down), SHUTTING_DOWN (the log is closed).
 */
export interface EventLog {
  /**
   * Appends events. Resolves when the events are durable: they survive kill -9 and a power failure. The events of one call keep
   * their order. Calls that arrive while others are written become durable together.
   * @param events n x EVENT_BYTES, n >= 1. The caller must not modify it until the promise settles.
   * @throws PairstreamError BUSY with retryAfterMs if too many bytes are waiting to become durable; then nothing of the call is
   *   logged. After EVENT_LOG_UNAVAILABLE the events may or may not be in the log: the consumer must ignore duplicates.
   */
  append(events: Uint8Array): Promise<void>;

  /**
   * Delivers every group after `from`: first the stored groups, then new groups as they become durable, in log order, without gap
   * and without repeat. One group at a time; memory is bounded if the consumer is slow. Blank events are left out.
   * @param from default: the oldest group of the log
   * @returns a promise that resolves when the groups stored at the time of the call are delivered. Delivery goes on until `close`.
   * @throws PairstreamError EVENT_LOG_GAP if groups after `from` are not in the log any more, or `from` is later than the newest
   *   group. An error of `deliver` or of the log ends the delivery; it rejects this promise, or `failure` if this promise has
   *   resolved before.
   */
  consume(from: LogPosition | undefined, deliver: Deliver): Promise<void>;

  /** Never resolves. Rejects with the error that ended a delivery after its `consume` had resolved. */
  readonly failure: Promise<never>;

  /**
   * Deletes groups up to a position, best effort, in small steps that let appends pass. A group that crosses the position stays.
   * @param upTo the position of a snapshot; no consumer may start from an earlier one afterwards
   */
  trim(upTo: LogPosition): Promise<void>;

  /** Sizes at this moment. */
  readonly state: EventLogState;

  /** Waits for running appends and the running `deliver`, ends deliveries, and frees the log. Later calls fail with SHUTTING_DOWN. */
  close(): Promise<void>;
}

/** An event log whose stored events can be erased. */
export interface ErasableEventLog extends EventLog {
  /**
   * Erases events: overwrites the record with zeros and the kind BLANK, in bounded steps. Positions stay the same. Resolves when
   * no stored group holds a selected event.
   * @returns number of events erased
   */
  erase(isErased: EventFilter): Promise<number>;
}
