/** Messages that wait until a stream accepts them. The load test bounds the messages in flight, and so this queue. */
export class MessageQueue {
  private readonly waiting: Buffer[] = [];
  private isEnded = false;
  private wake: () => void = () => undefined;

  /** Adds a message. */
  push(message: Buffer): void {
    this.waiting.push(message);
    this.wake();
  }

  /** Ends `take` after the messages that wait. */
  end(): void {
    this.isEnded = true;
    this.wake();
  }

  /** Yields the messages in order, until the end. */
  async *take(): AsyncGenerator<Buffer> {
    for (;;) {
      for (const message of this.waiting.splice(0)) yield message;
      if (this.waiting.length > 0) continue;
      if (this.isEnded) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
