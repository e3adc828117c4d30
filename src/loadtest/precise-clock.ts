import { once } from 'node:events';
import { setImmediate as afterInput, setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { LONGEST_TIMER_MS } from '@pairstream/grpc-channel';
import { startWorkerBeside } from '../concurrency/worker-beside.js';
import type { Clock } from './clock.js';

/** Longest time for which overdue waits keep the event loop from reading responses, milliseconds. */
const YIELD_MS = 1;
/** The last part of a wait, which the thread does, milliseconds. */
const PRECISE_MS = 20;
/** Time that a message of the thread takes to this thread, milliseconds: the thread sleeps so much less. */
const WAKE_MS = 0.3;

/**
 * The machine's monotonic clock. Timers of Node have a resolution of a millisecond; a thread that sleeps in the kernel ends a wait
 * within a fraction of that.
 */
export class PreciseClock implements Clock, Disposable {
  private yieldedMs = 0;
  private isThreadBusy = false;

  private constructor(private readonly thread: Worker) {}

  /** Starts the thread. */
  static async start(): Promise<PreciseClock> {
    const thread = startWorkerBeside(import.meta.filename, 'sleep-worker', undefined);
    await once(thread, 'message');
    return new PreciseClock(thread);
  }

  nowMs(): number {
    return performance.now();
  }

  async waitUntil(instantMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (performance.now() >= instantMs) {
      if (performance.now() - this.yieldedMs < YIELD_MS) return;
      await afterInput();
    }
    for (let leftMs = instantMs - performance.now(); leftMs > 0; leftMs = instantMs - performance.now())
      await this.wait(leftMs, signal);
    this.yieldedMs = performance.now();
  }

  /** Ends the thread. */
  [Symbol.dispose](): void {
    void this.thread.terminate();
  }

  private async wait(leftMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (leftMs > PRECISE_MS || this.isThreadBusy) {
      const sleepMs = this.isThreadBusy ? leftMs : leftMs - PRECISE_MS / 2;
      return sleep(Math.min(sleepMs, LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal });
    }
    if (leftMs <= WAKE_MS) return afterInput();
    this.isThreadBusy = true;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
    this.thread.postMessage(leftMs - WAKE_MS);
    await once(this.thread, 'message');
    this.isThreadBusy = false;
  }
}
