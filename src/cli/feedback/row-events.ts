import {
  type PairstreamClient,
  type PredictInput,
  type PredictOutput,
  RequestBuilder,
  ServerError,
} from '@pairstream/client';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { PartRow } from '../../pairs/part-row.js';
import { EventQueue } from './event-queue.js';
import type { FeedbackEvent } from './feedback-event.js';
import type { FeedbackTally } from './feedback-tally.js';
import type { RefusalRetries } from './refusal-retries.js';

/** Requests for tokens in flight. */
const MAX_IN_FLIGHT = 4;
/** Bound of the engagements that wait for their time, about 250 bytes each. */
const MAX_QUEUED_EVENTS = 1_000_000;

/** Parts of RowEvents. */
export interface RowEventsOptions {
  readonly client: Pick<PairstreamClient, 'predict' | 'predictStream'>;
  /** Pairs per request for tokens. */
  readonly batchSize: number;
  /** Time of the first tweet, Unix seconds: all times move with it. Undefined: the times of the rows. */
  readonly startS: number | undefined;
  /** True to ask for scores with the tokens. Default: tokens alone. */
  readonly withScores?: boolean;
  readonly tally: FeedbackTally;
  readonly retries: RefusalRetries;
  readonly signal: AbortSignal;
}

/** A request for the tokens of some rows. */
interface TokenRequest {
  readonly rows: readonly PartRow[];
  readonly input: PredictInput;
}

/** Events of labelled rows in the order of event time, with tokens from a gateway. */
export class RowEvents {
  private readonly queue = new EventQueue(MAX_QUEUED_EVENTS);
  /** Requests in flight, the oldest first. */
  private readonly requests: TokenRequest[] = [];
  private lastTimeS = Number.NEGATIVE_INFINITY;
  private readRowCount = 0;
  /** Seconds that are added to all times. */
  private shiftS: number | undefined;

  constructor(private readonly options: RowEventsOptions) {}

  /**
   * Yields the events of rows that are in ascending order of tweet time.
   * @throws PairstreamError INVALID_DATA_FILE for a row that is earlier than the row before it
   * @throws ServerError if the gateway refuses a request for tokens, or is lost
   */
  async *read(batches: AsyncIterable<PartRow[]>): AsyncGenerator<FeedbackEvent> {
    const { client, signal } = this.options;
    const inputs = this.tokenRequests(batches);
    for await (const { output } of client.predictStream(inputs, { maxInFlight: MAX_IN_FLIGHT, signal })) {
      // Answers are ordered, and the client lets every request have one.
      const request = this.requests.shift();
      if (request === undefined) continue;
      const tokens = output instanceof ServerError ? await this.askAgain(output, request) : output;
      for (const [i, row] of request.rows.entries()) {
        yield* this.queue.before(row.tweetCreatedAtS);
        this.addRow(row, i, tokens);
      }
    }
    yield* this.queue.before(Infinity);
  }

  private async *tokenRequests(batches: AsyncIterable<PartRow[]>): AsyncGenerator<PredictInput> {
    const builder = new RequestBuilder();
    let rows: PartRow[] = [];
    for await (const batch of batches) {
      for (const read of batch) {
        const row = this.moved(read);
        builder.addPartRow(row);
        if (rows.push(row) < this.options.batchSize) continue;
        yield this.note(rows, builder.take());
        rows = [];
      }
    }
    if (rows.length > 0) yield this.note(rows, builder.take());
  }

  private note(rows: readonly PartRow[], columns: PredictInput): PredictInput {
    const feedback = this.options.withScores === true ? { tokens: true } : { tokensOnly: true };
    const input = { ...columns, options: { ordered: true, feedback } };
    this.requests.push({ rows, input });
    return input;
  }

  private async askAgain(refusal: ServerError, { input }: TokenRequest): Promise<PredictOutput> {
    const { client, retries, signal } = this.options;
    return await retries.until(refusal, () => client.predict(input, { signal }), signal);
  }

  private addRow(row: PartRow, i: number, { feedbackTokens, rowStatus }: PredictOutput): void {
    const { tally } = this.options;
    tally.rowCount += 1;
    const token = feedbackTokens?.[i];
    if (token !== undefined && token.length > 0) {
      this.queue.addRow(row, token);
      return;
    }
    const { reason, message } = rowStatus.find(({ pairIndex }) => pairIndex === i) ?? NO_STATUS;
    tally.failRow(tally.rowCount, reason, message);
  }

  /** Checks the order of a row, and moves its times. */
  private moved(row: PartRow): PartRow {
    this.readRowCount += 1;
    const { tweetCreatedAtS, tweetId, engagementTimesS } = row;
    if (tweetCreatedAtS < this.lastTimeS) {
      const field = `row ${this.readRowCount}`;
      const message = `${field}: tweet time ${tweetCreatedAtS} follows ${this.lastTimeS} (tweet ${tweetId}), expected rows in ascending order of tweet time (sort the files by it)`;
      throw new PairstreamError('INVALID_DATA_FILE', message, { field });
    }
    this.lastTimeS = tweetCreatedAtS;
    const { startS } = this.options;
    if (startS === undefined || engagementTimesS === undefined) return row;
    this.shiftS ??= startS - tweetCreatedAtS;
    const { shiftS } = this;
    const move = (timeS: number | null): number | null => (timeS === null ? null : timeS + shiftS);
    const [reply, retweet, quote, like] = engagementTimesS;
    return {
      ...row,
      tweetCreatedAtS: tweetCreatedAtS + shiftS,
      engagementTimesS: [move(reply), move(retweet), move(quote), move(like)],
    };
  }
}

const NO_STATUS = { reason: 'UNKNOWN', message: 'the gateway returns no token and no reason' };
