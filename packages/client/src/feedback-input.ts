import type { EventKindName } from './enums.js';

/**
 * Events of pairs. The pairs are named by `token`, or by `predictionId` and `pairIndex`. An event counts once per pair and kind, so
 * events may be sent again. The client refuses values of another kind before it sends them (ServerError INVALID_REQUEST).
 */
export interface FeedbackInput {
  /** Tokens of `PredictOutput.feedbackTokens`, one per event. */
  token?: readonly Uint8Array[];
  /** `PredictOutput.predictionId` of the answer to a request with `feedback.remember`. */
  predictionId?: Uint8Array;
  /** With predictionId: the pair of each event, an index of the pairs of that request. */
  pairIndex?: readonly number[];
  /** Names or numbers of `EventKind`: one for all events, or one per event. */
  kind: readonly (number | EventKindName)[];
  /** Unix seconds. Empty or absent: the server's clock; one entry: for all events; else one per event. */
  timeS?: readonly number[];
}

/** Why an event was not counted. */
export interface EventStatus {
  /** Index of the event in its FeedbackInput. */
  readonly eventIndex: number;
  /** A google.rpc.Code. */
  readonly code: number;
  /** A stable code, for instance FEEDBACK_TOKEN_INVALID or EVENT_TOO_OLD. */
  readonly reason: string;
  /** The first 20 events of each reason have a message; the others have an empty one. */
  readonly message: string;
}

/** Result of a FeedbackInput, after its events are durable. */
export interface FeedbackOutput {
  /** Events that are counted. */
  readonly acceptedCount: number;
  /** Events of a pair and kind that were counted before. */
  readonly duplicateCount: number;
  /** Events that are older than the attribution window. */
  readonly tooOldCount: number;
  /** Events that were neither accepted nor duplicates, by ascending index. */
  readonly eventStatus: readonly EventStatus[];
}
