import { setTimeout } from 'node:timers/promises';
import { type FeedbackInput, type PairstreamClient, ServerError } from '@pairstream/client';

/** Longest wait before a refused request is sent again. */
const LONGEST_WAIT_MS = 200;

/** Sends requests one after another, each again until it is taken, and counts the outcomes. */
export class EventStream {
  acceptedCount = 0;
  duplicateCount = 0;
  /** Every refusal. */
  readonly refusals: ServerError[] = [];

  constructor(
    private readonly client: PairstreamClient,
    private readonly requests: readonly FeedbackInput[],
  ) {}

  /**
   * Sends the requests from one index to another.
   * @throws Error of the call, if the gateway ends it
   */
  async send(from = 0, to = this.requests.length): Promise<void> {
    for (const request of this.requests.slice(from, to)) while (!(await this.isTaken(request)));
  }

  /** Sends a request once. @returns false if it was refused */
  private async isTaken(request: FeedbackInput): Promise<boolean> {
    const [answer] = await Array.fromAsync(this.client.feedback([request]));
    if (answer === undefined) throw new Error('the gateway ended the call without an answer');
    const { output } = answer;
    if (output instanceof ServerError) {
      this.refusals.push(output);
      await setTimeout(Math.min(LONGEST_WAIT_MS, output.retryAfterMs ?? 0));
      return false;
    }
    this.acceptedCount += output.acceptedCount;
    this.duplicateCount += output.duplicateCount;
    return true;
  }
}
