import type { CallAccount } from '../../../concurrency/caller-accounts.js';
import type { PredictCall, Prediction } from '../../../scoring/predictor.js';
import type { ServedRows } from '../../../scoring/served-rows.js';
import { inSlices } from '../../../concurrency/slices.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Feedback } from '../../../feedback/feedback.js';
import type { ServerClock } from '../../../pairs/server-clock.js';
import type { Telemetry } from '../../../telemetry/telemetry.js';
import type { WordpieceTokenizer } from '../../../features/text/wordpiece-tokenizer.js';
import { type Caller, demandScope } from '../../../security/caller.js';
import { LanguageTags } from '../decode/language-tags.js';
import { PredictRequestReader, type RequestReading } from '../decode/predict-request-reader.js';
import { toRequestBatch } from '../decode/request-batch.js';
import type { RequestOptions } from '../decode/request-options.js';
import { readOutline, type RequestOutline } from '../decode/request-outline.js';
import type { Uint64Lanes } from '../decode/uint64.js';
import { encodePrediction, encodeRefusal, type StatisticsFreshness } from '../encode/response-encoding.js';
import { AnswerFeedback } from './answer-feedback.js';
import { feedbackOff } from './feedback-off.js';
import type { Answer, MessageHandler } from './message-handler.js';

/** Admits and scores requests. */
export interface RequestScorer {
  /** Checks before decoding if a request can be admitted. @throws PairstreamError BUSY, NOT_READY */
  checkAdmission(pairCount: number, deadlineMs: number, call?: CallAccount): void;
  predict(call: PredictCall): Promise<Prediction>;
}

/** Dependencies and limits of a request handler. */
export interface RequestHandlerOptions {
  readonly scorer: RequestScorer;
  readonly telemetry: Telemetry;
  /** Time of predictions without as_of_s. */
  readonly clock: ServerClock;
  readonly maxPairsPerMessage: number;
  /** Maximum size of an answer, bytes. */
  readonly maxMessageBytes: number;
  /** Tokenizer of the release's vocabulary. */
  readonly tokenizer: WordpieceTokenizer;
  /** Language id of the training data by BCP-47 tag. */
  readonly languages: ReadonlyMap<string, string>;
  /** Undefined: the gateway takes no feedback. */
  readonly feedback?: Feedback | undefined;
  /** Called for internal errors, with their cause. */
  readonly onFault: (error: PairstreamError) => void;
}

/** Upper bound on the bytes of an answer without its columns, its explanation and the statuses of failed pairs. */
const OTHER_BYTES = 1_024;

/** Decodes, scores and answers one request. Never throws. */
export class RequestHandler implements MessageHandler {
  private readonly reading: RequestReading;

  constructor(private readonly options: RequestHandlerOptions) {
    const { maxPairsPerMessage, tokenizer, languages } = options;
    this.reading = { maxPairsPerMessage, tokenizer, languages: new LanguageTags(languages) };
  }

  /** Answers one PredictRequest. */
  async answer(
    bytes: Uint8Array,
    callDeadlineMs: number,
    signal: AbortSignal,
    call?: CallAccount,
    caller?: Caller,
  ): Promise<Answer> {
    const { scorer, telemetry, clock } = this.options;
    const arrivedMs = performance.now();
    const outline = readOutline(bytes);
    const refusal =
      outline === undefined ? undefined : this.refusalOf(outline, arrivedMs, callDeadlineMs, call);
    if (refusal !== undefined) return refusal;
    const reader = new PredictRequestReader(this.reading);
    const { options } = reader;
    try {
      reader.begin(bytes);
      await inSlices(
        (slice) => reader.readOn(slice),
        () => checkWaiting(callDeadlineMs, signal),
      );
      // Contributions tell readers with statistics from those without.
      if (options.explain && caller !== undefined) demandScope(caller, 'explain', 'options.explain');
      telemetry.languageTags(this.reading.languages.size);
      const { nowS } = clock.now;
      const { batch, invalidPairs } = toRequestBatch(reader, nowS);
      const deadlineMs = Math.min(callDeadlineMs, ownDeadlineMs(reader.timeoutMs, arrivedMs));
      const { explain, minRung, columnBytesPerPair } = options;
      const answerLimits = { maxBytes: this.options.maxMessageBytes - OTHER_BYTES, columnBytesPerPair };
      const recorder = this.recorderOf(options);
      recorder?.check(batch.pairs, answerLimits, nowS);
      const prediction = await scorer.predict({
        batch,
        invalidPairs,
        deadlineMs,
        signal,
        call,
        explain,
        answerLimits,
        ranking: options,
        minRung,
        hasScores: options.feedback?.tokensOnly !== true,
        recorder,
        servedRows: this.servedRowsOf(options),
      });
      const feedback = await recorder?.finish(deadlineMs, signal);
      telemetry.requestAnswered('OK', batch.pairs.count, prediction.timing);
      const answeredCount = batch.pairs.count - prediction.rowFailures.length;
      if (answeredCount > 0) telemetry.pairsAnswered(prediction.rung, answeredCount);
      for (const { error } of prediction.rowFailures) telemetry.rowFailed(error.code);
      const fields = { ...feedback, freshness: this.freshness() };
      return { bytes: encodePrediction(reader.sequence, prediction, fields), isOrdered: options.ordered };
    } catch (thrown) {
      const error = PairstreamError.from(thrown);
      return { bytes: this.refuse(reader.sequence, error), error, isOrdered: options.ordered };
    }
  }

  /** Recorder of the feedback options; undefined without them. @throws PairstreamError FEEDBACK_OFF, INVALID_REQUEST */
  private recorderOf(options: RequestOptions): AnswerFeedback | undefined {
    if (options.feedback?.isUsed !== true) return undefined;
    const { feedback } = this.options;
    if (feedback === undefined) throw feedbackOff('options.feedback');
    return new AnswerFeedback(feedback, options.feedback, options);
  }

  /** Only pairs whose events can be told apart by tokens or ids are logged. */
  private servedRowsOf({ feedback: asked }: RequestOptions): ServedRows | undefined {
    return asked?.isUsed === true && !asked.tokensOnly
      ? this.options.feedback?.featureLog?.request()
      : undefined;
  }

  private freshness(): StatisticsFreshness | undefined {
    const { feedback, clock } = this.options;
    if (feedback === undefined) return undefined;
    const { newestEventS, lagCount } = feedback.sink.freshness;
    return { ageS: clock.now.nowS - newestEventS, lagCount };
  }

  /** Refusal of a request that must not be decoded; undefined if the request may be decoded. */
  private refusalOf(
    { sequence, timeoutMs, pairCount, isOrdered }: RequestOutline,
    arrivedMs: number,
    callDeadlineMs: number,
    call: CallAccount | undefined,
  ): Answer | undefined {
    try {
      const deadlineMs = Math.min(callDeadlineMs, ownDeadlineMs(timeoutMs, arrivedMs));
      this.options.scorer.checkAdmission(pairCount, deadlineMs, call);
      return undefined;
    } catch (thrown) {
      const error = PairstreamError.from(thrown);
      return { bytes: this.refuse(sequence, error), error, isOrdered };
    }
  }

  private refuse(sequence: Uint64Lanes, error: PairstreamError): Uint8Array {
    this.options.telemetry.requestAnswered(error.code, 0);
    if (error.code === 'INTERNAL' || error.code === 'BACKEND_FAILED') this.options.onFault(error);
    return encodeRefusal(sequence, error);
  }
}

/** @throws PairstreamError CANCELLED, DEADLINE_EXCEEDED */
function checkWaiting(deadlineMs: number, signal: AbortSignal): void {
  if (signal.aborted) throw new PairstreamError('CANCELLED', 'the caller cancelled');
  if (performance.now() >= deadlineMs)
    throw new PairstreamError('DEADLINE_EXCEEDED', 'the deadline passed while the request was decoded');
}

/** Deadline by the request's own timeout; Infinity without a timeout. */
function ownDeadlineMs(timeoutMs: number, arrivedMs: number): number {
  return timeoutMs === 0 ? Infinity : arrivedMs + timeoutMs;
}
