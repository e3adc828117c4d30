import { setTimeout as sleep } from 'node:timers/promises';
import { BytesChannel } from '@pairstream/client/wire';
import { ServerError } from '@pairstream/client';
import { decodeAnswer } from '@pairstream/client/wire';
import { METHOD } from '@pairstream/client/wire';
import { withSequence } from './encoded-message.js';

/** Transports of a load: one call per message, or a few PredictStream calls. */
export type Transport = 'unary' | 'stream';

/** Outcome of one message. */
export interface Outcome {
  readonly kind: 'answered' | 'refused' | 'failed';
  /** From the scheduled arrival to the answer, milliseconds. */
  readonly afterMs: number;
}

const STREAM_COUNT = 4;
const MAX_MESSAGE_BYTES = 64 * 1_024 * 1_024;
const BUSY = 'BUSY';

/** Sends messages when it is told to, and notes what comes of them. */
export abstract class Sender {
  /** Called after every outcome. */
  onOutcome: () => void = () => undefined;
  protected readonly outcomes: Outcome[] = [];

  /** @param number of the message, from 0 @param scheduledMs its arrival time on the clock of performance.now() */
  abstract send(number: number, scheduledMs: number): void;
  /** Waits for the answers that are still out. @returns the outcomes so far */
  abstract finish(graceMs: number): Promise<Outcome[]>;

  protected note(kind: Outcome['kind'], scheduledMs: number): void {
    this.outcomes.push({ kind, afterMs: performance.now() - scheduledMs });
    this.onOutcome();
  }
}

/** A connection for one measurement. */
export function connect(port: number): BytesChannel {
  return new BytesChannel({
    target: `127.0.0.1:${port}`,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    toError: ServerError.fromCall,
  });
}

/** Sends every message as a call of its own, with the deadline in the call. */
export class UnarySender extends Sender {
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly channel: BytesChannel,
    private readonly messages: readonly Buffer[],
    private readonly timeoutMs: number,
  ) {
    super();
  }

  override send(number: number, scheduledMs: number): void {
    const call = this.call(number, scheduledMs).finally(() => this.pending.delete(call));
    this.pending.add(call);
  }

  override async finish(graceMs: number): Promise<Outcome[]> {
    await Promise.race([Promise.all(this.pending), sleep(graceMs)]);
    return this.outcomes;
  }

  private async call(number: number, scheduledMs: number): Promise<void> {
    const timeoutMs = this.timeoutMs - (performance.now() - scheduledMs);
    const message = this.messages[number % this.messages.length]!;
    try {
      await this.channel.unary(METHOD.Predict.path, message, { timeoutMs });
      this.note('answered', scheduledMs);
    } catch (error) {
      this.note(kindOf(error), scheduledMs);
    }
  }
}

/** Sends messages over a few streams in turn, with the deadline in every message. */
export class StreamSender extends Sender {
  private readonly scheduledMs: number[] = [];
  private readonly queues = Array.from({ length: STREAM_COUNT }, () => new MessageQueue());
  private readonly ended: Promise<unknown>;
  private readonly controller = new AbortController();

  constructor(
    private readonly channel: BytesChannel,
    private readonly messages: readonly Buffer[],
  ) {
    super();
    this.ended = Promise.allSettled(this.queues.map((queue) => this.read(queue)));
  }

  override send(number: number, scheduledMs: number): void {
    this.scheduledMs[number] = scheduledMs;
    this.queues[number % STREAM_COUNT]!.push(
      withSequence(this.messages[number % this.messages.length]!, number),
    );
  }

  override async finish(graceMs: number): Promise<Outcome[]> {
    for (const queue of this.queues) queue.end();
    await Promise.race([this.ended, sleep(graceMs)]);
    this.controller.abort();
    return this.outcomes;
  }

  private async read(queue: MessageQueue): Promise<void> {
    const { signal } = this.controller;
    for await (const bytes of this.channel.stream(METHOD.PredictStream.path, queue.take(), { signal })) {
      const { sequence, output } = decodeAnswer(bytes);
      this.note(output instanceof ServerError ? kindOf(output) : 'answered', this.scheduledMs[sequence]!);
    }
  }
}

function kindOf(error: unknown): 'refused' | 'failed' {
  return error instanceof ServerError && error.reason === BUSY ? 'refused' : 'failed';
}

/** Messages that wait until a stream takes them. */
class MessageQueue {
  private waiting: Buffer[] = [];
  private isEnded = false;
  private wake: () => void = () => undefined;

  push(message: Buffer): void {
    this.waiting.push(message);
    this.wake();
  }

  end(): void {
    this.isEnded = true;
    this.wake();
  }

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
