import { PairstreamError } from '../errors/pairstream-error.js';
import type { CallAccount } from '../concurrency/caller-accounts.js';
import type { BatchOutcome } from '../ensemble/ladder.js';
import type { PredictCall, Prediction, Predictor, PredictorInfo } from './predictor.js';

/** Passes requests to the predictor of the active release, and refuses them with NOT_READY until a release is active. */
export class ServingGate {
  private predictor: Predictor | undefined;
  private reason = 'the models are being loaded';
  private isDraining = false;

  /** The active predictor; undefined until `serve` is called. */
  get current(): Predictor | undefined {
    return this.predictor;
  }

  /** Reason why no predictor is active; undefined if a predictor is active. */
  get notReadyReason(): string | undefined {
    return this.predictor === undefined ? this.reason : undefined;
  }

  /** Release and limits of the active predictor. @throws PairstreamError NOT_READY */
  get info(): PredictorInfo {
    return this.open().info;
  }

  /** Rung and weights of an answer without the given models; undefined if no rung can answer or no predictor is active. */
  outcomeWithout(models: ReadonlySet<string>): BatchOutcome | undefined {
    return this.predictor?.outcomeWithout(models);
  }

  /** Activates a predictor. After a drain, the predictor refuses every request. */
  serve(predictor: Predictor): void {
    this.predictor = predictor;
    if (this.isDraining) void predictor.drain(0);
  }

  /** Drains the active predictor (Predictor.drain); a predictor that is activated later refuses every request. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.isDraining = true;
    return (await this.predictor?.drain(timeoutMs)) ?? true;
  }

  /** Sets the reason why no predictor is active yet. */
  wait(reason: string): void {
    this.reason = reason;
  }

  /** Calls Predictor.checkAdmission. @throws PairstreamError BUSY, NOT_READY */
  checkAdmission(pairCount: number, deadlineMs: number, call?: CallAccount): void {
    this.open().checkAdmission(pairCount, deadlineMs, call);
  }

  /** Scores one request. @throws PairstreamError NOT_READY, and the errors of Predictor.predict */
  async predict(call: PredictCall): Promise<Prediction> {
    return await this.open().predict(call);
  }

  private open(): Predictor {
    if (this.predictor !== undefined) return this.predictor;
    // The reason may name servers and paths, which only operators may see.
    throw new PairstreamError('NOT_READY', 'the models are not ready yet');
  }
}
