import { type BytesChannel, METHOD } from '@pairstream/client/wire';
import { readResponseOutline } from '../messages/response-outline.js';
import { MALFORMED, type Outcome, outcomeOfError, outcomeOfOutline, UNSENT_LATE } from './outcome.js';
import type { OutgoingMessage, Sender } from './sender.js';

/** Sends each message as a Predict call of its own, with the deadline in the call. */
export class UnarySender implements Sender {
  private readonly controller = new AbortController();

  /** @param channel owned by the caller */
  constructor(private readonly channel: BytesChannel) {}

  async send({ bytes, pairCount, timeoutMs }: OutgoingMessage): Promise<Outcome> {
    if (timeoutMs !== undefined && timeoutMs <= 0) return UNSENT_LATE;
    let response: Buffer;
    try {
      response = await this.channel.unary(METHOD.Predict.path, bytes, {
        signal: this.controller.signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
    } catch (error) {
      return outcomeOfError(error);
    }
    try {
      return outcomeOfOutline(readResponseOutline(response), pairCount);
    } catch {
      return MALFORMED;
    }
  }

  close(): void {
    this.controller.abort();
  }
}
