import { setImmediate as settled } from 'node:timers/promises';
import type { Clock } from '../../../src/loadtest/clock.js';

interface Waiter {
  readonly atMs: number;
  readonly resume: () => void;
}

/** A clock whose time passes only when all that wait for it are idle. */
export class VirtualClock implements Clock {
  private presentMs = 0;
  private waiters: Waiter[] = [];

  nowMs(): number {
    return this.presentMs;
  }

  waitUntil(instantMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      this.waiters.push({ atMs: Math.max(instantMs, this.presentMs), resume: resolve });
    });
  }

  /** Lets time pass until the work ends. @returns its result */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    for (;;) {
      await settled();
      if (isDone) return done;
      const next = this.waiters.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) throw new Error('the work waits for nothing that the clock knows');
      this.waiters = this.waiters.filter((waiter) => waiter !== next);
      this.presentMs = next.atMs;
      next.resume();
    }
  }
}
