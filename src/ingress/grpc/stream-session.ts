import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Telemetry } from '../../telemetry/telemetry.js';
import type { MessageHandler } from './message-handler.js';

/** A PredictStream call; messages and answers are bytes. */
export type BytesStream = ServerDuplexStream<Buffer, Uint8Array>;

/** What a session needs. */
export interface StreamSessionOptions {
  readonly handler: MessageHandler;
  readonly telemetry: Telemetry;
  /** Most messages that are read and not answered yet. */
  readonly maxMessages: number;
  readonly callDeadlineMs: number;
  /** Called once, when the call is over. */
  readonly onClosed: () => void;
}

/**
 * One PredictStream call: answers each message as its result is ready. While as many messages are in flight as allowed, or
 * the caller does not take its answers, nothing more is read, which HTTP/2 flow control passes on to the caller.
 */
export class StreamSession {
  /** When the call is over. */
  readonly closed: Promise<void>;
  private resolveClosed: () => void = () => undefined;
  private readonly controller = new AbortController();
  private inFlightCount = 0;
  private isWritable = true;
  private isPaused = false;
  private isReadToEnd = false;
  private isClosed = false;

  constructor(
    private readonly call: BytesStream,
    private readonly options: StreamSessionOptions,
  ) {
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    options.telemetry.openStreams(1);
    call.on('data', (bytes: Buffer) => void this.receive(bytes));
    call.on('drain', () => this.becomeWritable());
    call.on('end', () => this.finish());
    call.on('cancelled', () => this.close());
    call.on('error', () => this.close());
    call.on('close', () => this.close());
  }

  /** Reads no more; ends the call when what was read is answered. */
  finish(): void {
    this.isReadToEnd = true;
    this.endWhenAnswered();
  }

  private async receive(bytes: Buffer): Promise<void> {
    this.inFlightCount += 1;
    this.updateReading();
    const { handler, callDeadlineMs } = this.options;
    const answer = await handler.answer(bytes, callDeadlineMs, this.controller.signal);
    if (!this.isClosed) this.isWritable = this.call.write(answer.bytes) && this.isWritable;
    this.inFlightCount -= 1;
    this.updateReading();
    this.endWhenAnswered();
  }

  private becomeWritable(): void {
    this.isWritable = true;
    this.updateReading();
  }

  private updateReading(): void {
    const isPaused = !this.isClosed && (this.inFlightCount >= this.options.maxMessages || !this.isWritable);
    if (isPaused === this.isPaused) return;
    this.isPaused = isPaused;
    this.options.telemetry.pausedStreams(isPaused ? 1 : -1);
    if (isPaused) this.call.pause();
    else this.call.resume();
  }

  private endWhenAnswered(): void {
    if (!this.isReadToEnd || this.inFlightCount > 0 || this.isClosed) return;
    this.call.end();
    this.close();
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.controller.abort();
    this.updateReading();
    this.options.telemetry.openStreams(-1);
    this.options.onClosed();
    this.resolveClosed();
  }
}
