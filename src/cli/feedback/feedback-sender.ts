import { setTimeout as sleep } from 'node:timers/promises';
import { type FeedbackInput, type PairstreamClient, ServerError } from '@pairstream/client';
import type { FeedbackTally } from './feedback-tally.js';
import type { RefusalRetries } from './refusal-retries.js';

/** Requests in flight. */
const MAX_IN_FLIGHT = 8;

/** Parts of a FeedbackSender. */
export interface FeedbackSenderOptions {
  readonly client: Pick<PairstreamClient, 'feedback'>;
  readonly tally: FeedbackTally;
  readonly retries: RefusalRetries;
  readonly signal: AbortSignal;
  /** Called after every answer. */
  readonly onAnswer: () => void;
}

/** Sends requests over one Feedback call, and sends refused requests again after the delay that the gateway names. */
export class FeedbackSender {
  /** Refused requests, to be sent again. */
  private readonly refused: FeedbackInput[] = [];
  /** Requests without an answer, by index. */
  private readonly unanswered = new Map<number, FeedbackInput>();
  private sentCount = 0;
  private resumeMs = 0;
  private wake = (): void => undefined;

  constructor(private readonly options: FeedbackSenderOptions) {}

  /**
   * Sends all requests, and resolves when each is answered.
   * @throws ServerError if the call fails, or a request is refused for good; the error of the source
   */
  async send(requests: AsyncGenerator<FeedbackInput>): Promise<void> {
    const { client, tally, retries, signal, onAnswer } = this.options;
    try {
      const answers = client.feedback(this.outgoing(requests), { maxInFlight: MAX_IN_FLIGHT, signal });
      for await (const { index, output } of answers) {
        const request = this.unanswered.get(index);
        if (output instanceof ServerError) {
          this.resumeMs = performance.now() + retries.check(output);
          if (request !== undefined) this.refused.push(request);
        } else {
          retries.taken();
          tally.add(output);
          onAnswer();
        }
        this.unanswered.delete(index);
        this.wake();
      }
    } finally {
      await requests.return(undefined);
    }
  }

  /** Requests of the source, and refused requests before them. Ends when the source has ended and every request is answered. */
  private async *outgoing(requests: AsyncGenerator<FeedbackInput>): AsyncGenerator<FeedbackInput> {
    let next: Promise<IteratorResult<FeedbackInput, void>> | undefined;
    let isOver = false;
    while (!isOver || this.refused.length > 0 || this.unanswered.size > 0) {
      const again = this.refused.shift();
      if (again !== undefined) {
        await sleep(Math.max(0, this.resumeMs - performance.now()), undefined, this.options);
        yield this.note(again);
        continue;
      }
      const woken = new Promise<undefined>((resolve) => {
        this.wake = () => resolve(undefined);
      });
      next ??= isOver ? undefined : requests.next();
      const result = await (next === undefined ? woken : Promise.race([next, woken]));
      if (result === undefined) continue;
      next = undefined;
      if (result.done === true) isOver = true;
      else yield this.note(result.value);
    }
  }

  private note(request: FeedbackInput): FeedbackInput {
    this.unanswered.set(this.sentCount, request);
    this.sentCount += 1;
    return request;
  }
}
