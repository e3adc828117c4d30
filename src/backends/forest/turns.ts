/** Runs at most a fixed number of jobs at the same time. The others wait for their turn, first come, first served. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly count: number) {}

  /** Runs a job when its turn comes. */
  async run<Result>(job: () => Promise<Result>): Promise<Result> {
    if (this.running === this.count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await job();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
