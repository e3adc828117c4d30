import { ExponentialBackoff, type IBackoff } from 'cockatiel';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
const RELOADS = new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: LONGEST_DELAY_MS });

/** Decides when a model that keeps failing is reloaded on one server. */
export class ReloadSchedule {
  private isWanted = false;
  private isFirst = false;
  private isUnloaded = false;
  /** True while an operator has unloaded the model. */
  private isHeld = false;
  /** True after the server refused to load and unload models, until it is lost. */
  private isRefused = false;
  private backoff: IBackoff<unknown> | undefined;
  private nextMs = 0;

  /** True if a reload has unloaded the model and not loaded it again. */
  get mustLoad(): boolean {
    return this.isUnloaded && !this.isHeld;
  }

  /** Records that the model has failed too often. @param isAgain true if it had just passed its check */
  want(isAgain: boolean): void {
    this.isWanted = true;
    this.isFirst ||= isAgain;
  }

  /** True if the model is reloaded before its next check: it passes its check, and then fails its calls. */
  comesBeforeCheck(nowMs: number): boolean {
    return (this.isFirst || this.isUnloaded) && this.isDue(nowMs);
  }

  /** True if a model whose check has just failed is reloaded now. */
  isDue(nowMs: number): boolean {
    const isAllowed = !this.isHeld && !this.isRefused && nowMs >= this.nextMs;
    return isAllowed && (this.isWanted || this.isUnloaded);
  }

  /** Records that a reload begins. The next one is due after a growing delay. */
  begin(nowMs: number): void {
    this.backoff = this.backoff === undefined ? RELOADS.next() : this.backoff.next(undefined);
    this.nextMs = nowMs + this.backoff.duration;
  }

  /** Records that the reload has unloaded the model. */
  unloaded(): void {
    this.isUnloaded = true;
  }

  /** Records that the reload has loaded the model. */
  loaded(): void {
    this.isUnloaded = false;
    this.isFirst = false;
  }

  /** Records that the model has passed its check. */
  admitted(): void {
    this.isWanted = false;
    this.isFirst = false;
    this.isUnloaded = false;
  }

  /** Records that the model has answered many calls since its last reload: the next failure is a new one. */
  proven(): void {
    this.backoff = undefined;
    this.nextMs = 0;
  }

  /** Allows no reload until `release`: an operator unloads the model. */
  hold(): void {
    this.isHeld = true;
  }

  /** Allows reloads again: an operator has loaded the model. */
  release(): void {
    this.isHeld = false;
  }

  /** Allows no reload until `serverLost`: the server does not let clients load and unload models. */
  refuse(): void {
    this.isRefused = true;
  }

  /** Records that the server was lost. It may return with other settings. */
  serverLost(): void {
    this.isRefused = false;
  }
}
