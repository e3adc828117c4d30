import { randomFillSync } from 'node:crypto';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { TweetRows } from '../../../features/tweet-rows.js';
import { EVENT_BYTES, IMPRESSION, writeEvent } from '../../../feedback/events/event-record.js';
import { PAIR_RECORD_BYTES, predictedAtOf } from '../../../feedback/events/pair-record.js';
import type { Feedback } from '../../../feedback/feedback.js';
import { PREDICTION_ID_BYTES } from '../../../feedback/tokens/served-pairs.js';
import { TOKEN_RECORD_AT } from '../../../feedback/tokens/token-codec.js';
import type { PairColumns } from '../../../pairs/pair-batch.js';
import { CLOCK_SKEW_S } from '../../../pairs/unix-time.js';
import type { AnswerLimits } from '../../../scoring/explanation-size.js';
import type { AnswerRecorder } from '../../../scoring/predictor.js';
import { answeredPairCount, type RankingOptions } from '../../../scoring/ranking.js';
import type { FeedbackOptions } from '../decode/feedback-options.js';
import { layOutTokens } from '../encode/token-column.js';
import { beforeDeadline } from './before-deadline.js';
import { MAX_EVENTS_PER_REQUEST } from './feedback-handler.js';

/** Ends the error of a caller that did not wait for its impressions. */
const UNSURE = 'the impressions may be counted or not';

/** Feedback part of an answer. */
export interface FeedbackPart {
  /** Encoded field feedback_token; undefined if the request asks for none. */
  readonly tokenBytes: Uint8Array | undefined;
  readonly predictionId: Uint8Array | undefined;
  /** Why the impressions were not recorded. */
  readonly shownError: PairstreamError | undefined;
}

/** Feedback options of one request: records its answered pairs, and makes the feedback part of its answer. */
export class AnswerFeedback implements AnswerRecorder {
  private tokenBytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private tokenOffsets: Uint32Array = new Uint32Array(0);
  private pairIndexes: Uint32Array = new Uint32Array(0);

  /** True if the answer has one token per ranked pair, false if it has one per pair of the request. */
  private readonly isRanked: boolean;

  /** @param request all options of the request */
  constructor(
    private readonly feedback: Feedback,
    private readonly options: FeedbackOptions,
    private readonly request: RankingOptions & { readonly explain: boolean },
  ) {
    this.isRanked = request.scoreWeights !== undefined;
  }

  /**
   * Checks the options before the request is scored.
   * @param nowS the server's clock, Unix seconds
   * @throws PairstreamError INVALID_REQUEST for options that exclude each other, and for impressions of pairs in the future;
   *   MESSAGE_TOO_LARGE for more tokens than an answer may have
   */
  check(pairs: PairColumns, limits: AnswerLimits, nowS: number): void {
    const { options, request } = this;
    options.check(request);
    if (options.hasTokens) checkTokenBytes(answeredPairCount(pairs, request), limits);
    if (options.shown) checkShownTimes(pairs, nowS);
  }

  record(tweetRows: TweetRows, pairIndexes: Uint32Array): void {
    const { bytes, offsets } = layOutTokens(
      pairIndexes,
      this.isRanked ? undefined : tweetRows.batch.pairs.count,
    );
    const records = offsets.map((at) => at + TOKEN_RECORD_AT);
    this.feedback.pairs.write(tweetRows, pairIndexes, bytes, records);
    this.tokenBytes = bytes;
    this.tokenOffsets = offsets;
    this.pairIndexes = pairIndexes.slice();
  }

  /**
   * Makes tokens, remembers the pairs and records impressions, as the options say. Resolves when the impressions are durable, at the
   * deadline, or when the caller cancels. Call after `record`.
   */
  async finish(deadlineMs: number, signal: AbortSignal): Promise<FeedbackPart> {
    const { options, feedback } = this;
    if (options.hasTokens) feedback.tokens.seal(this.tokenBytes, this.tokenOffsets);
    return {
      tokenBytes: options.hasTokens ? this.tokenBytes : undefined,
      predictionId: options.remember ? this.remember() : undefined,
      shownError: options.shown ? await this.submitImpressions(deadlineMs, signal) : undefined,
    };
  }

  private remember(): Uint8Array {
    const id = randomFillSync(new Uint8Array(PREDICTION_ID_BYTES));
    const { pairIndexes } = this;
    const places = Uint32Array.from(pairIndexes.keys());
    if (this.isRanked) places.sort((a, b) => pairIndexes[a]! - pairIndexes[b]!);
    const records = this.copyRecords(places, PAIR_RECORD_BYTES);
    this.feedback.served.add(
      id,
      places.map((place) => pairIndexes[place]!),
      records,
    );
    return id;
  }

  /** @returns the reason why not all impressions are known to be durable */
  private async submitImpressions(
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<PairstreamError | undefined> {
    const places = Uint32Array.from(this.pairIndexes.keys());
    try {
      for (let from = 0; from < places.length; from += MAX_EVENTS_PER_REQUEST) {
        const events = this.copyRecords(places.subarray(from, from + MAX_EVENTS_PER_REQUEST), EVENT_BYTES);
        const view = new DataView(events.buffer);
        for (let at = 0; at < events.length; at += EVENT_BYTES)
          writeEvent(view, at, IMPRESSION, predictedAtOf(view, at));
        await beforeDeadline(this.feedback.sink.submit(events), deadlineMs, signal, UNSURE);
      }
      return undefined;
    } catch (error) {
      return PairstreamError.from(error);
    }
  }

  /** Copies the pair records at the given places of the answer, one every `stride` bytes. */
  private copyRecords(places: Uint32Array, stride: number): Uint8Array<ArrayBuffer> {
    const from = Buffer.from(this.tokenBytes.buffer);
    const out = new Uint8Array(places.length * stride);
    for (let i = 0; i < places.length; i += 1) {
      const at = this.tokenOffsets[places[i]!]! + TOKEN_RECORD_AT;
      from.copy(out, i * stride, at, at + PAIR_RECORD_BYTES);
    }
    return out;
  }
}

function checkTokenBytes(answeredCount: number, { maxBytes, columnBytesPerPair }: AnswerLimits): void {
  if (answeredCount * columnBytesPerPair <= maxBytes) return;
  const field = 'options.feedback.tokens';
  const problem = `${answeredCount} pairs with tokens have ${columnBytesPerPair} bytes each, expected at most ${maxBytes} bytes in an answer; send fewer pairs, or rank with a smaller top_k`;
  throw new PairstreamError('MESSAGE_TOO_LARGE', `${field}: ${problem}`, { field });
}

function checkShownTimes({ asOfS, count }: PairColumns, nowS: number): void {
  const latestS = nowS + CLOCK_SKEW_S;
  for (let pair = 0; pair < count; pair += 1) {
    if (!(asOfS[pair]! > latestS)) continue;
    const field = `pairs.as_of_s[${pair}]`;
    const message = `${field}: ${asOfS[pair]}, expected at most ${latestS} with options.feedback.shown: ${CLOCK_SKEW_S} s after now`;
    throw new PairstreamError('INVALID_REQUEST', message, { field });
  }
}
