/** Runs asynchronous steps one at a time, in the order of their calls. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * Runs a step when all earlier ones have settled.
   * @returns the result of the step
   * @throws what `step` throws
   */
  take<T>(step: () => Promise<T>): Promise<T> {
    const result = this.last.then(step, step);
    this.last = result.catch(() => undefined);
    return result;
  }
}
