import { type BytesChannel, METHOD } from '@pairstream/client/wire';
import { encodeMessageFields } from '../messages/message-fields.js';
import { type ResponseOutline, readResponseOutline } from '../messages/response-outline.js';
import { MessageQueue } from './message-queue.js';
import { type Outcome, outcomeOfOutline, UNSENT_LATE } from './outcome.js';
import type { OutgoingMessage, Sender } from './sender.js';

interface OpenMessage {
  readonly pairCount: number;
  readonly settle: (outcome: Outcome) => void;
}

/** Sends messages over one PredictStream call, with the deadline in each message. A call that ends is replaced by the next message. */
export class StreamSender implements Sender {
  private readonly open = new Map<number, OpenMessage>();
  private readonly controller = new AbortController();
  private queue: MessageQueue | undefined;
  private sequence = 0;

  /**
   * @param channel owned by the caller
   * @param onDoubled called for each response to a message that has a response, or that was never sent
   */
  constructor(
    private readonly channel: BytesChannel,
    private readonly onDoubled: () => void,
  ) {}

  send({ bytes, pairCount, timeoutMs }: OutgoingMessage): Promise<Outcome> {
    if (timeoutMs !== undefined && timeoutMs <= 0) return Promise.resolve(UNSENT_LATE);
    this.sequence += 1;
    const { sequence } = this;
    this.queue ??= this.openCall();
    this.queue.push(Buffer.concat([bytes, encodeMessageFields(sequence, timeoutMs)]));
    return new Promise((settle) => this.open.set(sequence, { pairCount, settle }));
  }

  close(): void {
    this.queue?.end();
    this.controller.abort();
    this.loseAll('no response until the end of the run');
  }

  private openCall(): MessageQueue {
    const queue = new MessageQueue();
    void this.follow(queue);
    return queue;
  }

  private async follow(queue: MessageQueue): Promise<void> {
    const problem = await this.readCall(queue);
    if (this.queue === queue) this.queue = undefined;
    this.loseAll(problem);
  }

  /** @returns why the call ended */
  private async readCall(queue: MessageQueue): Promise<string> {
    const { signal } = this.controller;
    try {
      for await (const bytes of this.channel.stream(METHOD.PredictStream.path, queue.take(), { signal }))
        this.settle(readResponseOutline(bytes));
      return 'the gateway ended the stream';
    } catch (error) {
      return `the stream failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private settle(outline: ResponseOutline): void {
    const message = this.open.get(outline.sequence);
    if (message === undefined) return this.onDoubled();
    this.open.delete(outline.sequence);
    message.settle(outcomeOfOutline(outline, message.pairCount));
  }

  private loseAll(problem: string): void {
    for (const { settle } of this.open.values()) settle({ kind: 'lost', problem });
    this.open.clear();
  }
}
