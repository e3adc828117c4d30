import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { CallAccount } from '../../../concurrency/caller-accounts.js';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Telemetry } from '../../../telemetry/telemetry.js';
import type { Caller } from '../../../security/caller.js';
import { callError } from '../encode/call-status.js';
import type { MessageHandler } from './message-handler.js';

/** A call of a streaming method, with requests and answers as bytes. */
export type BytesStream = ServerDuplexStream<Buffer, Uint8Array>;

/** Dependencies and limits of a session. */
export interface StreamSessionOptions {
  readonly handler: MessageHandler;
  readonly telemetry: Telemetry;
  /** Maximum number of requests in flight. */
  readonly maxRequests: number;
  readonly callDeadlineMs: number;
  /** Returns the account of the call that a request came with; undefined: unknown. */
  readonly accountOf: (request: Uint8Array) => CallAccount | undefined;
  /** Undefined without authentication. */
  readonly caller?: Caller | undefined;
  /**
   * Called when a request is answered and its bytes are no longer used.
   * @param answerBytes length of the answer
   * @returns function to call when the answer has left the process; the end of the call has the same effect
   */
  readonly onAnswered: (request: Uint8Array, answerBytes: number) => () => void;
  /** Called once, when the call has ended. */
  readonly onClosed: () => void;
}

/** A stream at one moment, for operators. */
export interface StreamState {
  /** Address and port of the caller. */
  readonly peer: string;
  /** Time since the stream was opened, milliseconds. */
  readonly ageMs: number;
  /** Requests read so far. */
  readonly receivedCount: number;
  /** Answers sent so far. */
  readonly answeredCount: number;
  /** Requests in flight. */
  readonly inFlightCount: number;
  /** True if the session does not read: the maximum of requests is in flight, or the caller does not read its answers. */
  readonly isPaused: boolean;
}

interface AnsweredRequest {
  readonly bytes: Uint8Array;
  readonly onSent: () => void;
}

/**
 * One call of a streaming method: answers each request as soon as its result is ready. The session stops reading while the maximum number
 * of requests is in flight, or while the caller does not read its answers. HTTP/2 flow control then stops the caller.
 */
export class StreamSession {
  /** Resolves when the call has ended. */
  readonly closed: Promise<void>;
  private resolveClosed: () => void = () => undefined;
  private readonly controller = new AbortController();
  private inFlightCount = 0;
  /** Number of requests received so far. */
  private receivedCount = 0;
  /** Numbers of the requests in flight: at most maxRequests. */
  private readonly unanswered = new Set<number>();
  /** Ordered answers that wait for answers to earlier requests, by request number. */
  private readonly waiting = new Map<number, AnsweredRequest>();
  private isWritable = true;
  private isPaused = false;
  private isReadToEnd = false;
  private readonly openedMs = performance.now();
  /** Status that ends the call when all requests in flight are answered; undefined: OK. */
  private refusal: PairstreamError | undefined;
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

  /** Stops reading, and ends the call when all requests in flight are answered. */
  finish(): void {
    this.isReadToEnd = true;
    this.endWhenAnswered();
  }

  get state(): StreamState {
    const { receivedCount, inFlightCount, isPaused } = this;
    return {
      peer: this.call.getPeer(),
      ageMs: performance.now() - this.openedMs,
      receivedCount,
      answeredCount: receivedCount - inFlightCount,
      inFlightCount,
      isPaused,
    };
  }

  /** Stops reading, and ends the call with the status of an error when all requests in flight are answered. */
  refuse(error: PairstreamError): void {
    if (this.refusal !== undefined) return;
    this.refusal = error;
    this.updateReading();
    this.finish();
  }

  private async receive(bytes: Buffer): Promise<void> {
    this.inFlightCount += 1;
    const number = this.receivedCount;
    this.receivedCount += 1;
    this.unanswered.add(number);
    this.updateReading();
    const { handler, callDeadlineMs, accountOf, caller, onAnswered } = this.options;
    const { signal } = this.controller;
    const answer = await handler.answer(bytes, callDeadlineMs, signal, accountOf(bytes), caller);
    const answered = { bytes: answer.bytes, onSent: onAnswered(bytes, answer.bytes.length) };
    if (answer.isOrdered) this.waiting.set(number, answered);
    else this.send(number, answered);
    this.sendWaiting();
    this.updateReading();
    this.endWhenAnswered();
  }

  private send(number: number, { bytes, onSent }: AnsweredRequest): void {
    this.unanswered.delete(number);
    this.inFlightCount -= 1;
    if (!this.isClosed) this.isWritable = this.call.write(bytes, onSent) && this.isWritable;
  }

  /** Sends the ordered answers that no earlier request in flight holds back. */
  private sendWaiting(): void {
    // A Set keeps the order of its entries, so the first entry is the earliest request.
    for (const earliest of this.unanswered) {
      const answered = this.waiting.get(earliest);
      if (answered === undefined) return;
      this.waiting.delete(earliest);
      this.send(earliest, answered);
    }
  }

  private becomeWritable(): void {
    this.isWritable = true;
    this.updateReading();
  }

  private updateReading(): void {
    const isFull = this.inFlightCount >= this.options.maxRequests || !this.isWritable;
    const isPaused = !this.isClosed && (isFull || this.refusal !== undefined);
    if (isPaused === this.isPaused) return;
    this.isPaused = isPaused;
    this.options.telemetry.pausedStreams(isPaused ? 1 : -1);
    if (isPaused) this.call.pause();
    else this.call.resume();
  }

  private endWhenAnswered(): void {
    if (!this.isReadToEnd || this.inFlightCount > 0 || this.isClosed) return;
    if (this.refusal === undefined) this.call.end();
    // grpc-js sends the status after the answers that wait to be written.
    else this.call.emit('error', callError(this.refusal));
    this.close();
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.waiting.clear();
    this.controller.abort();
    this.updateReading();
    this.options.telemetry.openStreams(-1);
    this.options.onClosed();
    this.resolveClosed();
  }
}
