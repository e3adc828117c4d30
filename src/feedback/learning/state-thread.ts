import type { Worker } from 'node:worker_threads';
import { startWorkerBeside } from '../../concurrency/worker-beside.js';
import { workerEnd, type WorkerEnd } from '../../concurrency/worker-end.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { receiveError, type SentError } from '../../errors/sent-error.js';
import type { StateGauges } from './state-gauges.js';
import {
  type StateReply,
  type StateRequest,
  type StateResult,
  type StateThreadData,
} from './state-messages.js';
import type { StateSettings } from './state-settings.js';

/** Receiver of what the state thread publishes. */
export interface StateThreadEvents {
  /** A table has new memory. */
  readonly onTable: (name: string, buffer: SharedArrayBuffer) => void;
  /** No broker can be reached; the tables of the newest snapshot may be adopted. The thread goes on by itself. */
  readonly onWaiting: (
    problem: PairstreamError,
    tables: readonly { readonly name: string; readonly buffer: SharedArrayBuffer }[],
  ) => void;
  /** One line for the log of the process. */
  readonly onWarning: (line: string) => void;
}

/** Delay before an ended thread is started anew the first time, and after which a caller should send its events again. */
export const FIRST_RESTART_MS = 500;

/** A request without its number. */
type Unnumbered<R> = R extends StateRequest ? Omit<R, 'call'> : never;

/** One life of the state thread: it starts, restores the state, answers calls, and ends. */
export class StateThread {
  /** Resolves when the thread has ended, with the reason; undefined after `close`. */
  readonly ended: Promise<PairstreamError | undefined>;
  private readonly worker: Worker;
  private readonly calls = new Map<number, PromiseWithResolvers<StateResult>>();
  private readonly ready = Promise.withResolvers<void>();
  private readonly events: StateThreadEvents;
  private lastCall = 0;
  private reason: SentError | undefined;
  private isReady = false;
  private isClosing = false;
  private endedWith: PairstreamError | undefined;

  constructor(settings: StateSettings, gauges: StateGauges, events: StateThreadEvents) {
    this.events = events;
    const workerData: StateThreadData = { settings, gauges: gauges.buffer };
    this.worker = startWorkerBeside(import.meta.filename, 'state-worker', workerData);
    this.worker.on('message', (reply: StateReply) => this.receive(reply));
    this.ended = workerEnd(this.worker, (end) => this.end(end));
    // The owner may only wait for the end.
    this.ready.promise.catch(() => undefined);
  }

  /** Resolves when the state is restored and all logged events are applied. @throws PairstreamError as openState */
  async whenReady(): Promise<void> {
    await this.ready.promise;
  }

  /** Sends a request. @param transfer buffers that the thread owns from now on @throws PairstreamError of the thread */
  async call(request: Unnumbered<StateRequest>, transfer: readonly ArrayBuffer[] = []): Promise<StateResult> {
    if (this.endedWith !== undefined) throw this.endedWith;
    this.lastCall += 1;
    const answer = Promise.withResolvers<StateResult>();
    this.calls.set(this.lastCall, answer);
    this.worker.postMessage({ ...request, call: this.lastCall }, transfer);
    return await answer.promise;
  }

  /**
   * Answers the calls in flight, writes a snapshot and ends the thread. After a timeout, the thread is ended as it is. A thread that
   * still applies the log is ended at once: the log has its events, and the next start applies them.
   */
  async close(timeoutMs: number): Promise<void> {
    this.isClosing = true;
    if (!this.isReady) return await this.kill();
    const timer = setTimeout(() => void this.worker.terminate(), timeoutMs);
    await this.call({ kind: 'close' }).catch(() => undefined);
    await this.worker.terminate();
    clearTimeout(timer);
  }

  /** Ends the thread at once, as a crash does. Durable events are safe. */
  async kill(): Promise<void> {
    await this.worker.terminate();
  }

  private receive(reply: StateReply): void {
    switch (reply.kind) {
      case 'ready':
        for (const { name, buffer } of reply.tables) this.events.onTable(name, buffer);
        this.isReady = true;
        return this.ready.resolve();
      case 'waiting':
        return this.events.onWaiting(receiveError(reply.error), reply.tables);
      case 'table':
        return this.events.onTable(reply.name, reply.buffer);
      case 'result':
        return this.take(reply.call)?.resolve(reply.result);
      case 'failed':
        return this.take(reply.call)?.reject(receiveError(reply.error));
      case 'warning':
        return this.events.onWarning(reply.line);
      case 'ended':
        this.reason = reply.error;
    }
  }

  private take(call: number): PromiseWithResolvers<StateResult> | undefined {
    const waiting = this.calls.get(call);
    this.calls.delete(call);
    return waiting;
  }

  /** Fails everything that waits. @returns the reason of the end */
  private end(end: WorkerEnd): PairstreamError | undefined {
    const error = this.reason === undefined ? this.reasonless(end) : receiveError(this.reason);
    this.endedWith = error;
    this.ready.reject(error);
    const { message } = error;
    for (const { reject } of this.calls.values())
      reject(
        new PairstreamError('EVENT_LOG_UNAVAILABLE', `the state thread ended and starts anew: ${message}`, {
          retryAfterMs: FIRST_RESTART_MS,
          cause: error,
        }),
      );
    this.calls.clear();
    return this.isClosing ? undefined : error;
  }

  private reasonless({ error: cause, reason }: WorkerEnd): PairstreamError {
    if (this.isClosing) return new PairstreamError('SHUTTING_DOWN', 'the gateway is shutting down');
    return new PairstreamError('EVENT_LOG_UNAVAILABLE', `the state thread crashed: ${reason}`, {
      retryAfterMs: FIRST_RESTART_MS,
      cause,
    });
  }
}
