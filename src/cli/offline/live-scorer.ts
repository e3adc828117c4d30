import { type PairstreamClient, type PredictInput, RequestBuilder, ServerError } from '@pairstream/client';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { PartRow } from '../../pairs/part-row.js';
import { TARGET_COUNT, TARGETS } from '../../pairs/targets.js';
import { EventPace } from '../feedback/event-pace.js';
import { EventQueue } from '../feedback/event-queue.js';
import { type FeedbackEvent, feedbackRequests } from '../feedback/feedback-event.js';

/** Bound of the engagements that wait for their time, about 250 bytes each. */
const MAX_QUEUED_EVENTS = 5_000_000;
const AT_ONCE = new EventPace(Infinity);

/** Parts of a LiveScorer. */
export interface LiveScorerOptions {
  readonly client: Pick<PairstreamClient, 'predict' | 'feedback'>;
  /** Rows per request. No row is scored with the events of an earlier row of its own request. */
  readonly batchSize: number;
  /** Maximum number of events of a feedback request; 0: the gateway takes no feedback, and no event is sent. */
  readonly maxEventCount: number;
  /** The statistics of the release have learned all events before this time, Unix seconds. */
  readonly asOfS: number;
  readonly signal: AbortSignal;
}

/** Outcomes of the events that were sent. */
export interface LiveEventCounts {
  acceptedCount: number;
  duplicateCount: number;
  tooOldCount: number;
}

/**
 * Scores labelled rows by a gateway that learns from them in event time: before each request, the gateway gets every event that is
 * earlier than the first row of the request. Rows must be in ascending order of tweet time.
 */
export class LiveScorer {
  readonly events: LiveEventCounts = { acceptedCount: 0, duplicateCount: 0, tooOldCount: 0 };
  private readonly queue = new EventQueue(MAX_QUEUED_EVENTS);

  constructor(private readonly options: LiveScorerOptions) {}

  /** Queues the events of rows that are not scored. Those that the statistics of the release know are left out. */
  async learn(rows: readonly PartRow[]): Promise<void> {
    if (this.options.maxEventCount === 0) return;
    for (const batch of this.batchesOf(rows)) await this.predict(batch, { feedback: { tokensOnly: true } });
  }

  /** Scores rows. @returns row-major [rows.length, 4], owned by the caller @throws ServerError; PairstreamError INVALID_DATA_FILE */
  async score(rows: readonly PartRow[]): Promise<Float32Array> {
    const probabilities = new Float32Array(rows.length * TARGET_COUNT);
    let at = 0;
    for (const batch of this.batchesOf(rows)) {
      const [first] = batch;
      if (first !== undefined) await this.sendBefore(first.tweetCreatedAtS);
      const answer = await this.predict(batch, { feedback: { tokens: this.options.maxEventCount > 0 } });
      batch.forEach((_, i) => {
        TARGETS.forEach(
          (target, t) => (probabilities[at + i * TARGET_COUNT + t] = answer[target][i] ?? Number.NaN),
        );
      });
      at += batch.length * TARGET_COUNT;
    }
    return probabilities;
  }

  private *batchesOf(rows: readonly PartRow[]): Generator<readonly PartRow[]> {
    const { batchSize } = this.options;
    for (let from = 0; from < rows.length; from += batchSize) yield rows.slice(from, from + batchSize);
  }

  private async predict(
    rows: readonly PartRow[],
    options: PredictInput['options'] & object,
  ): ReturnType<PairstreamClient['predict']> {
    const builder = new RequestBuilder();
    for (const row of rows) builder.addPartRow(row);
    const { client, signal } = this.options;
    const answer = await client.predict({ ...builder.take(), options }, { signal });
    const [failed] = answer.rowStatus;
    if (failed !== undefined)
      throw new PairstreamError(
        'INVALID_DATA_FILE',
        `row ${failed.pairIndex + 1} of a request: ${failed.message}`,
      );
    for (const [i, row] of rows.entries()) {
      const token = answer.feedbackTokens?.[i];
      if (token !== undefined) this.queue.addRow(row, token);
    }
    return answer;
  }

  /** Sends all events before a time, and waits until they are in the statistics. */
  private async sendBefore(timeS: number): Promise<void> {
    const { client, maxEventCount, asOfS, signal } = this.options;
    const due: FeedbackEvent[] = [...this.queue.before(timeS)].filter((event) => event.timeS >= asOfS);
    if (due.length === 0) return;
    const requests = feedbackRequests(due, maxEventCount, AT_ONCE, signal);
    for await (const { output } of client.feedback(requests, { signal })) {
      if (output instanceof ServerError) throw output;
      const [refused] = output.eventStatus;
      if (refused !== undefined)
        throw new PairstreamError('INTERNAL', `an event was refused: ${refused.message}`);
      this.events.acceptedCount += output.acceptedCount;
      this.events.duplicateCount += output.duplicateCount;
      this.events.tooOldCount += output.tooOldCount;
    }
  }
}
