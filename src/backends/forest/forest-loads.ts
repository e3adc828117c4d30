import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Turns } from '../../concurrency/turns.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { LoadOutcome, LoadTask, LoadWork } from './forest-task.js';

/** Message of a thread: index of a task, and its outcome. */
interface Message {
  readonly index: number;
  readonly outcome: LoadOutcome;
}

/**
 * Loads forests on threads that end with their last load, and with them the memory that loading takes. The threads take tasks from a
 * list that they share, so they go on while the event loop of the caller is blocked.
 */
export class ForestLoads {
  /** Threads that have not ended. */
  protected readonly threads = new Set<Worker>();
  private readonly turns: Turns;
  private isClosed = false;

  /** @param threadCount most threads of `begin`, and most threads of `load` */
  constructor(private readonly threadCount: number) {
    this.turns = new Turns(threadCount);
  }

  /** Loads a file when its turn comes. @throws PairstreamError as the promises of `begin` */
  async load(task: LoadTask): Promise<LoadOutcome> {
    return await this.turns.take(async () => await this.begin([task])[0]!);
  }

  /**
   * Begins to load files, in their order, before it returns.
   * @returns a promise per task. It rejects with PairstreamError BACKEND_FAILED if the thread ended, BACKEND_UNAVAILABLE after `close`
   */
  begin(tasks: readonly LoadTask[]): Promise<LoadOutcome>[] {
    const loads = tasks.map(() => Promise.withResolvers<LoadOutcome>());
    const takenBy = new Int32Array(new SharedArrayBuffer(tasks.length * Int32Array.BYTES_PER_ELEMENT));
    const running = new Set<Worker>();
    const count = this.isClosed ? 0 : Math.min(this.threadCount, tasks.length);
    for (let number = 1; number <= count; number += 1) {
      const thread = startThread({ tasks, takenBy, number });
      let cause: unknown;
      thread.on('message', ({ index, outcome }: Message) => loads[index]!.resolve(outcome));
      thread.on('error', (error) => (cause = error));
      thread.on('exit', () => {
        this.threads.delete(thread);
        running.delete(thread);
        // Promises that are resolved stay as they are.
        for (const [index, load] of loads.entries())
          if (running.size === 0 || takenBy[index] === number)
            load.reject(this.failureOf(tasks[index]!.path, cause));
      });
      running.add(thread);
      this.threads.add(thread);
    }
    return loads.map(({ promise, reject }, index) => {
      if (count === 0) reject(this.failureOf(tasks[index]!.path, undefined));
      // The caller may await the promise later.
      promise.catch(() => undefined);
      return promise;
    });
  }

  /** Ends the threads. Loads in flight and all later loads fail with BACKEND_UNAVAILABLE. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.threads].map((thread) => thread.terminate()));
  }

  private failureOf(path: string, cause: unknown): PairstreamError {
    if (this.isClosed) return backendClosed();
    const problem = cause instanceof Error ? cause.message : 'it gave no result';
    const message = `${path}: the thread that loads the forest ended: ${problem}`;
    return new PairstreamError('BACKEND_FAILED', message, { cause });
  }
}

/** Error of a load or a walk after `close`. */
export function backendClosed(): PairstreamError {
  return new PairstreamError('BACKEND_UNAVAILABLE', 'the embedded backend is closed');
}

function startThread(workerData: LoadWork): Worker {
  // Beside this file: compiled in the package, TypeScript in the repository.
  const file = new URL(`forest-loader${extname(import.meta.filename)}`, import.meta.url);
  return new Worker(file, { workerData });
}
