import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Feedback } from '../../../feedback/feedback.js';
import type { ServerClock } from '../../../pairs/server-clock.js';
import type { EventOutcomes, FeedbackTelemetry } from '../../../telemetry/feedback-telemetry.js';
import { FeedbackRequestReader } from '../decode/feedback-request-reader.js';
import { encodeFeedback, encodeFeedbackRefusal, type FeedbackOutcome } from '../encode/feedback-encoding.js';
import { beforeDeadline } from './before-deadline.js';
import { EventBatch } from './event-batch.js';
import { countEvents } from './event-columns.js';
import { findPairs } from './named-pairs.js';
import type { Answer, MessageHandler } from './message-handler.js';

/** Maximum number of events of one FeedbackRequest. */
export const MAX_EVENTS_PER_REQUEST = 10_000;

const NO_OUTCOMES = new Uint8Array(0);

/** Dependencies of a feedback handler. */
export interface FeedbackHandlerOptions {
  readonly feedback: Feedback;
  readonly telemetry: FeedbackTelemetry;
  /** Time of events without a time, and bound of the others. */
  readonly clock: ServerClock;
  /** Called for internal errors, with their cause. */
  readonly onFault: (error: PairstreamError) => void;
}

/** Decodes and checks the events of one request, and answers when they are durable. Never throws. */
export class FeedbackHandler implements MessageHandler {
  private isDraining = false;

  constructor(private readonly options: FeedbackHandlerOptions) {}

  /** Refuses requests from now on with SHUTTING_DOWN. */
  drain(): void {
    this.isDraining = true;
  }

  async answer(bytes: Uint8Array, callDeadlineMs: number, signal: AbortSignal): Promise<Answer> {
    const { telemetry, onFault } = this.options;
    const reader = new FeedbackRequestReader(MAX_EVENTS_PER_REQUEST);
    try {
      reader.read(bytes);
      const outcome = await this.take(reader, bytes, callDeadlineMs, signal);
      telemetry.requestAnswered('OK');
      telemetry.eventsAnswered(outcome);
      return { bytes: encodeFeedback(reader.sequence, outcome), isOrdered: false };
    } catch (thrown) {
      const error = PairstreamError.from(thrown);
      telemetry.requestAnswered(error.code);
      if (error.code === 'INTERNAL') onFault(error);
      return { bytes: encodeFeedbackRefusal(reader.sequence, error), error, isOrdered: false };
    }
  }

  private async take(
    reader: FeedbackRequestReader,
    bytes: Uint8Array,
    callDeadlineMs: number,
    signal: AbortSignal,
  ): Promise<FeedbackOutcome & EventOutcomes> {
    if (this.isDraining) throw new PairstreamError('SHUTTING_DOWN', 'the gateway is shutting down');
    const { feedback, clock } = this.options;
    const eventCount = countEvents(reader);
    const pairs = await findPairs(reader, bytes, feedback);
    const batch = new EventBatch(reader, eventCount, pairs, clock.now);
    if (batch.isEmpty) return batch.outcomeOf(NO_OUTCOMES);
    const submitted = feedback.sink.submit(batch.take());
    const outcomes = await beforeDeadline(
      submitted,
      callDeadlineMs,
      signal,
      'the events may be counted or not; send them again',
    );
    return batch.outcomeOf(outcomes);
  }
}
