import type { FeedbackSink } from '../../feedback/feedback-sink.js';

/** What serving needs from the statistics that learn: in the main thread LiveState, in a worker thread a follower of it. */
export abstract class LearningSource {
  /** Takes the events of feedback; undefined if the gateway does not learn. */
  abstract readonly sink: FeedbackSink | undefined;
  /**
   * Resolves when the newest snapshot is restored and the events behind it are applied; at once if the gateway does not learn.
   * @throws PairstreamError as LiveStatistics.start; AbortError if the application ends before
   */
  abstract readonly started: Promise<void>;
  /** Progress of the start, for readiness; undefined after the start. */
  abstract readonly startReason: string | undefined;
  /** Reason why feedback is refused while the gateway serves; undefined if feedback is accepted or off. */
  abstract readonly problem: string | undefined;
  /** Reason why events of the present may be refused: a clock or an event that is far from the present; undefined without one. */
  abstract readonly timeProblem: string | undefined;
}
