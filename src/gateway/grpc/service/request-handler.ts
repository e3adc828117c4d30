import type { PredictCall, Prediction } from '../../../scoring/predictor.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Telemetry } from '../../../telemetry/telemetry.js';
import type { WordpieceTokenizer } from '../../../features/text/wordpiece-tokenizer.js';
import { LanguageTags } from '../decode/language-tags.js';
import { PredictRequestReader, type RequestReading } from '../decode/predict-request-reader.js';
import { toRequestBatch } from '../decode/request-batch.js';
import { readOutline, type RequestOutline } from '../decode/request-outline.js';
import type { Uint64Lanes } from '../decode/uint64.js';
import { encodePrediction, encodeRefusal } from '../encode/response-encoding.js';

/** Admits and scores requests. */
export interface RequestScorer {
  /** Checks before decoding if a request can be admitted. @throws PairstreamError BUSY, NOT_READY */
  checkAdmission(pairCount: number, deadlineMs: number): void;
  predict(call: PredictCall): Promise<Prediction>;
}

/** Dependencies and limits of a request handler. */
export interface RequestHandlerOptions {
  readonly scorer: RequestScorer;
  readonly telemetry: Telemetry;
  readonly maxPairsPerMessage: number;
  /** Maximum size of an answer, bytes. */
  readonly maxMessageBytes: number;
  /** Tokenizer of the release's vocabulary. */
  readonly tokenizer: WordpieceTokenizer;
  /** Language id of the training data by BCP-47 tag. */
  readonly languages: ReadonlyMap<string, string>;
  /** Called for internal errors, with their cause. */
  readonly onFault: (error: PairstreamError) => void;
}

/** The encoded answer to one request. */
export interface Answer {
  readonly bytes: Uint8Array;
  /** Reason why the request was refused; undefined if the request was scored. */
  readonly error?: PairstreamError;
  /** True if the answer must not be sent before the answers to earlier requests of its stream. */
  readonly isOrdered: boolean;
}

/** Upper bound on the bytes of an answer without its columns, its explanation and the statuses of failed pairs. */
const OTHER_BYTES = 1_024;

/** Decodes, scores and answers one request. Never throws. */
export class RequestHandler {
  private readonly reading: RequestReading;

  constructor(private readonly options: RequestHandlerOptions) {
    const { maxPairsPerMessage, tokenizer, languages } = options;
    this.reading = { maxPairsPerMessage, tokenizer, languages: new LanguageTags(languages) };
  }

  /**
   * @param bytes of a PredictRequest
   * @param callDeadlineMs deadline of the whole call on the clock of performance.now(); Infinity: no deadline
   */
  async answer(bytes: Uint8Array, callDeadlineMs: number, signal: AbortSignal): Promise<Answer> {
    const { scorer, telemetry } = this.options;
    const arrivedMs = performance.now();
    const outline = readOutline(bytes);
    const refusal = outline === undefined ? undefined : this.refusalOf(outline, arrivedMs, callDeadlineMs);
    if (refusal !== undefined) return refusal;
    const reader = new PredictRequestReader(this.reading);
    const { options } = reader;
    try {
      reader.read(bytes);
      telemetry.languageTags(this.reading.languages.size);
      const { batch, invalidPairs } = toRequestBatch(reader, Math.floor(Date.now() / 1_000));
      const deadlineMs = Math.min(callDeadlineMs, ownDeadlineMs(reader.timeoutMs, arrivedMs));
      const { explain, minRung, columnBytesPerPair } = options;
      const answerLimits = { maxBytes: this.options.maxMessageBytes - OTHER_BYTES, columnBytesPerPair };
      const prediction = await scorer.predict({
        batch,
        invalidPairs,
        deadlineMs,
        signal,
        explain,
        answerLimits,
        ranking: options,
        minRung,
      });
      telemetry.requestAnswered('OK', batch.pairs.count, prediction.timing);
      const answeredCount = batch.pairs.count - prediction.rowFailures.length;
      if (answeredCount > 0) telemetry.pairsAnswered(prediction.rung, answeredCount);
      for (const { error } of prediction.rowFailures) telemetry.rowFailed(error.code);
      return { bytes: encodePrediction(reader.sequence, prediction), isOrdered: options.ordered };
    } catch (thrown) {
      const error = PairstreamError.from(thrown);
      return { bytes: this.refuse(reader.sequence, error), error, isOrdered: options.ordered };
    }
  }

  /** Refusal of a request that must not be decoded; undefined if the request may be decoded. */
  private refusalOf(
    { sequence, timeoutMs, pairCount, isOrdered }: RequestOutline,
    arrivedMs: number,
    callDeadlineMs: number,
  ): Answer | undefined {
    try {
      const deadlineMs = Math.min(callDeadlineMs, ownDeadlineMs(timeoutMs, arrivedMs));
      this.options.scorer.checkAdmission(pairCount, deadlineMs);
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

/** Deadline by the request's own timeout; Infinity without a timeout. */
function ownDeadlineMs(timeoutMs: number, arrivedMs: number): number {
  return timeoutMs === 0 ? Infinity : arrivedMs + timeoutMs;
}
