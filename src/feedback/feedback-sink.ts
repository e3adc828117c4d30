/** Outcome of an event: durable and applied for the first time. */
export const ACCEPTED = 0;

/** Outcome of an event: an event of the same pair and kind was applied before. It is not counted again. */
export const DUPLICATE = 1;

/** Outcome of an event: older than the attribution window, or than the statistics of the release. It is not counted. */
export const TOO_OLD = 2;

/** Age of the statistics, and counts of events since the state directory was made. */
export interface FeedbackFreshness {
  /** Event time of the newest applied event, Unix seconds; the statistics file's own time if no event was applied. */
  readonly newestEventS: number;
  /** Events accepted and not yet applied. */
  readonly lagCount: number;
  /** Events applied to the tables. */
  readonly appliedCount: number;
  /** Events that were duplicates. */
  readonly duplicateCount: number;
  /** Events that were older than the attribution window. */
  readonly tooOldCount: number;
}

/** Takes events of this gateway: the port between the serving threads and the state thread. */
export interface FeedbackSink {
  /**
   * Makes events durable and applies them.
   * @param events records of EVENT_BYTES each. The buffer is transferred: the caller must not use it afterwards.
   * @returns one outcome per event: ACCEPTED, DUPLICATE or TOO_OLD
   * @throws PairstreamError BUSY with retryAfterMs if too many events are in flight, EVENT_LOG_UNAVAILABLE if the log cannot
   * store events (disk full, broker down) or its thread restarts, SEEN_EVENTS_FULL if the set of seen events is at its
   * bound, SHUTTING_DOWN after close
   */
  submit(events: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  readonly freshness: FeedbackFreshness;
}
