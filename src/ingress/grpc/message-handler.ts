import type { PredictCall, Prediction } from '../../dataplane/predictor.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Telemetry } from '../../telemetry/telemetry.js';
import { PredictRequestReader, type Uint64Lanes } from './predict-request-reader.js';
import { toRequestBatch } from './request-batch.js';
import { encodePrediction, encodeRefusal } from './response-encoding.js';

/** What scores messages. */
export interface MessageScorer {
  predict(call: PredictCall): Promise<Prediction>;
}

/** What a message handler needs. */
export interface MessageHandlerOptions {
  readonly scorer: MessageScorer;
  readonly telemetry: Telemetry;
  readonly maxPairsPerMessage: number;
  /** Called for faults of our own, with what lies behind them. */
  readonly onFault: (error: PairstreamError) => void;
}

/** The answer to one message: encoded, or the error it is refused with. */
export type Answer =
  | { readonly bytes: Uint8Array; readonly error?: undefined }
  | { readonly bytes: Uint8Array; readonly error: PairstreamError };

/** Decodes, scores and answers one message; never throws. */
export class MessageHandler {
  constructor(private readonly options: MessageHandlerOptions) {}

  /**
   * @param bytes of a PredictRequest
   * @param callDeadlineMs of the whole call, on the clock of performance.now(); Infinity when there is none
   */
  async answer(bytes: Uint8Array, callDeadlineMs: number, signal: AbortSignal): Promise<Answer> {
    const { scorer, telemetry, maxPairsPerMessage } = this.options;
    const arrivedMs = performance.now();
    const reader = new PredictRequestReader({ maxPairsPerMessage });
    try {
      reader.read(bytes);
      const { batch, invalidPairs } = toRequestBatch(reader, Math.floor(Date.now() / 1_000));
      const ownDeadlineMs = reader.timeoutMs === 0 ? Infinity : arrivedMs + reader.timeoutMs;
      const deadlineMs = Math.min(callDeadlineMs, ownDeadlineMs);
      const prediction = await scorer.predict({ batch, invalidPairs, deadlineMs, signal });
      telemetry.messageAnswered('OK', batch.pairs.count, prediction.timing);
      for (const { error } of prediction.rowFailures) telemetry.rowFailed(error.code);
      return { bytes: encodePrediction(reader.sequence, prediction) };
    } catch (thrown) {
      return this.refuse(reader.sequence, PairstreamError.from(thrown));
    }
  }

  private refuse(sequence: Uint64Lanes, error: PairstreamError): Answer {
    this.options.telemetry.messageAnswered(error.code, 0);
    if (error.code === 'INTERNAL' || error.code === 'BACKEND_FAILED') this.options.onFault(error);
    return { bytes: encodeRefusal(sequence, error), error };
  }
}
