/** Runs at most a fixed number of asynchronous steps at the same time. The others wait for their turn, in the order of their calls. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param count steps that run at the same time; default: one */
  constructor(private readonly count = 1) {}

  /**
   * Runs a step when its turn comes.
   * @returns the result of the step
   * @throws what `step` throws
   */
  async take<T>(step: () => Promise<T>): Promise<T> {
    if (this.running === this.count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await step();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
