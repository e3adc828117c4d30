import { extname } from 'node:path';
import { Piscina } from 'piscina';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { InferenceContext } from '../backend.js';
import { whenTimeIsUp } from '../call-time.js';
import { backendClosed } from './forest-loads.js';
import type { NumberedForest, WalkOutcome, WalkTask } from './forest-task.js';

/** Maximum number of tasks handed to a thread at once. A thread with a next task does not wait for the event loop of the caller. */
const TASKS_PER_THREAD = 8;

/** Rows of a walk and the number of their forest. `ForestThreads` adds the generation and, if a thread lacks them, the forests. */
export type Walk = Omit<WalkTask, 'generation' | 'forests'>;

/** A walk that was handed to the threads. */
export interface WalkInFlight {
  /**
   * Resolves when the rows are computed. Rejects with PairstreamError CANCELLED or DEADLINE_EXCEEDED as soon as a walk is withdrawn that
   * no thread has begun, BACKEND_FAILED if the forest was released or the thread ended, BACKEND_UNAVAILABLE after `close`.
   */
  readonly answered: Promise<void>;
  /** Resolves when no thread uses the addresses of the walk any more. Never rejects. */
  readonly ended: Promise<void>;
}

type ForestPool = Piscina<WalkTask, WalkOutcome>;

/** Threads that walk forests. They start with the first walk, and end with `close`. */
export class ForestThreads {
  private readonly forests = new Map<number, NumberedForest>();
  private generation = 0;
  private lastNumber = 0;
  private inFlightCount = 0;
  private walkers: ForestPool | undefined;
  private isClosed = false;

  constructor(readonly threadCount: number) {}

  /** Started at first use: a process without forests has no threads for them. */
  protected get pool(): ForestPool {
    this.walkers ??= this.createWalkers();
    return this.walkers;
  }

  /** Adds a forest. Each thread gets it with its first walk after that. @returns the number of the forest */
  add(compiled: NumberedForest['compiled']): number {
    this.lastNumber += 1;
    this.forests.set(this.lastNumber, { number: this.lastNumber, compiled });
    this.generation += 1;
    return this.lastNumber;
  }

  /** Removes a forest. Each thread drops it when the thread next receives the list of forests. */
  remove(number: number): void {
    if (this.forests.delete(number)) this.generation += 1;
  }

  /** Number of walks that wait for a thread. */
  get waitingCount(): number {
    return Math.max(0, this.inFlightCount - this.threadCount);
  }

  /**
   * Hands rows to a thread. The walk is withdrawn if the caller cancels or the deadline passes before a thread begins it; later, it goes
   * on to its end.
   */
  walk(walk: Walk, context: InferenceContext): WalkInFlight {
    const forest = this.forests.get(walk.number);
    if (forest === undefined) return { answered: Promise.reject(released(walk)), ended: Promise.resolve() };
    const mayBegin = new Int32Array(forest.compiled.memory.buffer, walk.mayBeginAddress, 1);
    Atomics.store(mayBegin, 0, 1);
    const { promise: withdrawn, reject } = Promise.withResolvers<never>();
    const stop = whenTimeIsUp(context, (error) => {
      if (Atomics.compareExchange(mayBegin, 0, 1, 0) === 1) reject(error);
    });
    this.inFlightCount += 1;
    const walked = this.walkOnAny(walk);
    const end = (): void => {
      this.inFlightCount -= 1;
      stop();
    };
    return { answered: Promise.race([walked, withdrawn]), ended: walked.then(end, end) };
  }

  /** Ends the threads. Tasks in flight and all later tasks fail with BACKEND_UNAVAILABLE. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.walkers?.destroy();
  }

  private createWalkers(): ForestPool {
    const walkers = createPool(this.threadCount);
    // A thread that cannot start ends without a task, and the pool starts no other: the next walk makes a new pool.
    walkers.on('error', () => {
      if (this.walkers === walkers) this.walkers = undefined;
      void walkers.destroy();
    });
    return walkers;
  }

  private async walkOnAny(walk: Walk): Promise<void> {
    if ((await this.walkOnce({ ...walk, generation: this.generation })) !== 'outdated') return;
    const { generation } = this;
    const outcome = await this.walkOnce({ ...walk, generation, forests: [...this.forests.values()] });
    if (outcome === 'outdated') throw released(walk);
  }

  private async walkOnce(task: WalkTask): Promise<WalkOutcome> {
    // A pool that was destroyed would start threads again.
    if (this.isClosed) throw backendClosed();
    try {
      return await this.pool.run(task, { name: 'walk' });
    } catch (cause) {
      if (this.isClosed) throw backendClosed();
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new PairstreamError('BACKEND_FAILED', `a thread that runs forests ended: ${problem}`, { cause });
    }
  }
}

/** A pool of a fixed number of threads; one that ends is replaced. */
function createPool(threadCount: number): ForestPool {
  // Beside this file: compiled in the package, TypeScript in the repository.
  const filename = new URL(`forest-worker${extname(import.meta.filename)}`, import.meta.url).href;
  return new Piscina({
    filename,
    minThreads: threadCount,
    maxThreads: threadCount,
    concurrentTasksPerWorker: TASKS_PER_THREAD,
  });
}

function released({ number }: Pick<Walk, 'number'>): PairstreamError {
  return new PairstreamError('BACKEND_FAILED', `forest ${number} was released`);
}
