/** Runs asynchronous steps one after another, in the order in which they are asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * Runs a step when all earlier ones are over, failed or not.
   * @returns its result
   */
  take<T>(step: () => Promise<T>): Promise<T> {
    const result = this.last.then(step, step);
    this.last = result.catch(() => undefined);
    return result;
  }
}
