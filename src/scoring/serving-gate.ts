import { PairstreamError } from '../errors/pairstream-error.js';
import type { BatchOutcome } from '../ensemble/ladder.js';
import type { PredictCall, Prediction, Predictor, PredictorInfo } from './predictor.js';

/** Scores messages by the predictor of the release that is served, and refuses them while there is none. */
export class ServingGate {
  private predictor: Predictor | undefined;
  private reason = 'the models are being loaded';

  /** Undefined while there is none. */
  get current(): Predictor | undefined {
    return this.predictor;
  }

  /** Why there is none; undefined when there is one. */
  get obstacle(): string | undefined {
    return this.predictor === undefined ? this.reason : undefined;
  }

  /** What is served. @throws PairstreamError NOT_READY */
  get info(): PredictorInfo {
    return this.open().info;
  }

  /** How messages are answered without some models; undefined when they are not. */
  outcomeWithout(models: ReadonlySet<string>): BatchOutcome | undefined {
    return this.predictor?.outcomeWithout(models);
  }

  /** Lets messages through to a predictor. */
  serve(predictor: Predictor): void {
    this.predictor = predictor;
  }

  /** Says why there is no predictor yet. */
  wait(reason: string): void {
    this.reason = reason;
  }

  /** As Predictor.checkAdmission. @throws PairstreamError BUSY, NOT_READY */
  checkAdmission(pairCount: number, deadlineMs: number): void {
    this.open().checkAdmission(pairCount, deadlineMs);
  }

  /** Scores one message. @throws PairstreamError NOT_READY, and as Predictor.predict */
  async predict(call: PredictCall): Promise<Prediction> {
    return await this.open().predict(call);
  }

  private open(): Predictor {
    if (this.predictor !== undefined) return this.predictor;
    // The reason may name servers and paths: it is for operators.
    throw new PairstreamError('NOT_READY', 'the models are not there yet');
  }
}
