import { once } from 'node:events';
import { decodeAnswer } from '@pairstream/client/wire';
import { openRawStream } from './raw-call.js';

const MOST_UNANSWERED = 32;

/**
 * Sends encoded messages over one stream with a connection of its own, at most 32 of them unanswered, and hands each answer on.
 * @returns messages sent
 */
export async function sendBounded(
  target: string,
  messages: Iterable<Buffer>,
  onAnswer: (answer: ReturnType<typeof decodeAnswer>) => void,
): Promise<number> {
  using raw = openRawStream(target, { 'grpc.use_local_subchannel_pool': 1 });
  const { call } = raw;
  const state: { unanswered: number; wake?: () => void } = { unanswered: 0 };
  let sentCount = 0;
  call.on('data', (bytes: Buffer) => {
    onAnswer(decodeAnswer(bytes));
    state.unanswered -= 1;
    state.wake?.();
  });
  const ended = once(call, 'end');
  for (const message of messages) {
    while (state.unanswered >= MOST_UNANSWERED) await new Promise<void>((resolve) => (state.wake = resolve));
    call.write(message);
    state.unanswered += 1;
    sentCount += 1;
  }
  call.end();
  await ended;
  return sentCount;
}
