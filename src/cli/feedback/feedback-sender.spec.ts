import {
  type FeedbackInput,
  type FeedbackOutput,
  type PairstreamClient,
  ServerError,
} from '@pairstream/client';
import { describe, expect, it } from 'vitest';
import { FeedbackSender } from './feedback-sender.js';
import { FeedbackTally } from './feedback-tally.js';
import { RefusalRetries } from './refusal-retries.js';

const BUSY = new ServerError({
  code: 8,
  message: 'events are in flight',
  reason: 'BUSY',
  field: undefined,
  retryAfterMs: 1,
});
const OFF = new ServerError({
  code: 9,
  message: 'set PAIRSTREAM_STATE_DIR',
  reason: 'FEEDBACK_OFF',
  field: undefined,
  retryAfterMs: undefined,
});

type Answer = FeedbackOutput | ServerError;

/** A gateway that answers each request as a test says. */
class ScriptedGateway implements Pick<PairstreamClient, 'feedback'> {
  readonly received: FeedbackInput[] = [];

  constructor(private readonly answerTo: (request: FeedbackInput, attempt: number) => Answer) {}

  async *feedback(
    inputs: AsyncIterable<FeedbackInput> | Iterable<FeedbackInput>,
  ): ReturnType<PairstreamClient['feedback']> {
    let index = 0;
    for await (const input of inputs) {
      this.received.push(input);
      const attempt = this.received.filter((other) => other === input).length;
      yield { index, output: this.answerTo(input, attempt) };
      index += 1;
    }
  }
}

function accepted({ kind }: FeedbackInput): FeedbackOutput {
  return { acceptedCount: kind.length, duplicateCount: 0, tooOldCount: 0, eventStatus: [] };
}

async function* requests(count: number): AsyncGenerator<FeedbackInput> {
  for (let i = 0; i < count; i += 1) yield { token: [Uint8Array.of(i)], kind: ['LIKE'], timeS: [i] };
}

function senderOf(client: Pick<PairstreamClient, 'feedback'>, maxRefusalMs = 60_000) {
  const tally = new FeedbackTally();
  const retries = new RefusalRetries(maxRefusalMs);
  const { signal } = new AbortController();
  return { tally, sender: new FeedbackSender({ client, tally, retries, signal, onAnswer: () => undefined }) };
}

describe('FeedbackSender', () => {
  it('sends every request, and again those that are refused with a delay', async () => {
    const gateway = new ScriptedGateway((request, attempt) =>
      request.timeS?.[0] === 2 && attempt < 3 ? BUSY : accepted(request),
    );
    const { sender, tally } = senderOf(gateway);
    await sender.send(requests(5));
    expect(gateway.received).toHaveLength(7);
    expect(tally).toMatchObject({ acceptedCount: 5, refusedCount: 0 });
  });

  it('sends a request again that is refused after the source has ended', async () => {
    const gateway = new ScriptedGateway((request, attempt) => (attempt === 1 ? BUSY : accepted(request)));
    const { sender, tally } = senderOf(gateway);
    await sender.send(requests(1));
    expect(tally.acceptedCount).toBe(1);
  });

  it('fails with a refusal that names no delay, and ends the source', async () => {
    let isEnded = false;
    async function* source(): AsyncGenerator<FeedbackInput> {
      try {
        yield* requests(1_000);
      } finally {
        isEnded = true;
      }
    }
    const { sender } = senderOf(new ScriptedGateway(() => OFF));
    await expect(sender.send(source())).rejects.toBe(OFF);
    expect(isEnded).toBe(true);
  });

  it('fails with the last refusal when the time of refusals is over', async () => {
    const { sender } = senderOf(new ScriptedGateway(() => BUSY), -1);
    await expect(sender.send(requests(1))).rejects.toBe(BUSY);
  });

  it('counts outcomes, and refusals by reason with the first message', async () => {
    const gateway = new ScriptedGateway(() => ({
      acceptedCount: 1,
      duplicateCount: 2,
      tooOldCount: 1,
      eventStatus: [
        { eventIndex: 0, code: 9, reason: 'EVENT_TOO_OLD', message: 'time_s[0]: too old' },
        { eventIndex: 1, code: 3, reason: 'FEEDBACK_TOKEN_INVALID', message: 'token[1]: not authentic' },
      ],
    }));
    const { sender, tally } = senderOf(gateway);
    await sender.send(requests(2));
    expect(tally).toMatchObject({
      eventCount: 10,
      acceptedCount: 2,
      duplicateCount: 4,
      tooOldCount: 2,
      refusedCount: 2,
      refusals: [{ reason: 'FEEDBACK_TOKEN_INVALID', count: 2, message: 'token[1]: not authentic' }],
    });
  });
});
