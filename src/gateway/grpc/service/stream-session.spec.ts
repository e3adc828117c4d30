import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { Telemetry } from '../../../telemetry/telemetry.js';
import type { Answer, MessageHandler } from './message-handler.js';
import { type BytesStream, StreamSession } from './stream-session.js';

/** A call whose messages are emitted and whose answers are kept. */
class FakeCall extends EventEmitter {
  readonly written: string[] = [];
  isPaused = false;
  isEnded = false;
  write(bytes: Uint8Array): boolean {
    this.written.push(new TextDecoder().decode(bytes));
    return true;
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  end(): void {
    this.isEnded = true;
  }
  getPeer(): string {
    return '192.0.2.1:1';
  }
}

/** A session over a fake call; `answer(text)` answers the message of that text. */
function openSession(maxRequests: number) {
  const call = new FakeCall();
  const pending = new Map<string, (answer: Answer) => void>();
  const handler: MessageHandler = {
    answer: (bytes) => new Promise((resolve) => pending.set(new TextDecoder().decode(bytes), resolve)),
  };
  const session = new StreamSession(call as unknown as BytesStream, {
    handler,
    telemetry: new Telemetry(1),
    maxRequests,
    callDeadlineMs: Infinity,
    accountOf: () => undefined,
    onAnswered: () => () => undefined,
    onClosed: () => undefined,
  });
  const send = (text: string): void => void call.emit('data', Buffer.from(text));
  const answer = async (text: string): Promise<void> => {
    // Texts in capitals ask for order.
    const isOrdered = text === text.toUpperCase();
    pending.get(text)!({ bytes: new TextEncoder().encode(text), isOrdered });
    await Promise.resolve();
    await Promise.resolve();
  };
  return { call, session, send, answer };
}

describe('StreamSession', () => {
  it('sends unordered answers at once, ordered ones after all earlier messages', async () => {
    const { call, send, answer } = openSession(10);
    for (const text of ['A', 'b', 'C', 'D']) send(text);
    await answer('D');
    await answer('C');
    expect(call.written).toEqual([]);
    await answer('b');
    expect(call.written).toEqual(['b']);
    await answer('A');
    expect(call.written).toEqual(['b', 'A', 'C', 'D']);
  });

  it('an unordered message holds ordered ones up that came after it', async () => {
    const { call, send, answer } = openSession(10);
    for (const text of ['a', 'B']) send(text);
    await answer('B');
    expect(call.written).toEqual([]);
    await answer('a');
    expect(call.written).toEqual(['a', 'B']);
  });

  it('counts an answer that waits for its turn as in flight: the stream is not read on', async () => {
    const { call, send, answer } = openSession(3);
    for (const text of ['A', 'B', 'C']) send(text);
    expect(call.isPaused).toBe(true);
    await answer('C');
    await answer('B');
    expect(call.isPaused).toBe(true);
    await answer('A');
    expect(call.isPaused).toBe(false);
  });

  it('ends when the last answer has left', async () => {
    const { call, session, send, answer } = openSession(3);
    send('A');
    send('B');
    call.emit('end');
    await answer('B');
    expect(call.isEnded).toBe(false);
    await answer('A');
    await session.closed;
    expect(call.isEnded).toBe(true);
    expect(call.written).toEqual(['A', 'B']);
  });
});

describe('a stream that an operator closes', () => {
  it('is not read on, and ends with the status when what was read is answered', async () => {
    const { call, session, send, answer } = openSession(10);
    const statuses: unknown[] = [];
    call.on('error', (status: unknown) => statuses.push(status));
    send('a');
    session.refuse(new PairstreamError('STREAM_CLOSED', 'closed'));
    expect(call.isPaused).toBe(true);
    expect(statuses).toEqual([]);
    expect(session.state).toMatchObject({ peer: '192.0.2.1:1', receivedCount: 1, inFlightCount: 1 });
    await answer('a');
    expect(call.written).toEqual(['a']);
    expect(statuses).toMatchObject([{ code: 14, details: 'closed' }]);
    expect(call.isEnded).toBe(false);
    await session.closed;
  });

  it('ends at once if nothing is in flight, and only once', async () => {
    const { call, session } = openSession(10);
    const statuses: unknown[] = [];
    call.on('error', (status: unknown) => statuses.push(status));
    session.refuse(new PairstreamError('STREAM_CLOSED', 'closed'));
    session.refuse(new PairstreamError('STREAM_CLOSED', 'closed again'));
    await session.closed;
    expect(statuses).toHaveLength(1);
  });
});
