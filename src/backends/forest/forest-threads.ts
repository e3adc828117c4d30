import { extname } from 'node:path';
import { Piscina } from 'piscina';
import { Turns } from '../../concurrency/turns.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { LoadOutcome, LoadTask, NumberedForest, WalkOutcome, WalkTask } from './forest-task.js';

/** Maximum number of tasks handed to a thread at once. A thread with a next task does not wait for the event loop of the caller. */
const TASKS_PER_THREAD = 8;

/** Rows of a walk and the number of their forest. `ForestThreads` adds the generation and, if a thread lacks them, the forests. */
export type Walk = Omit<WalkTask, 'generation' | 'forests'>;

/** Tasks of forest-worker.ts, by the name of the function that runs them. */
interface Tasks {
  readonly load: { readonly task: LoadTask; readonly outcome: LoadOutcome };
  readonly walk: { readonly task: WalkTask; readonly outcome: WalkOutcome };
}

type ForestPool = Piscina<unknown, LoadOutcome & WalkOutcome>;

/** Threads that load forests, and others that walk them. They start with the first task, and end with `close`. */
export class ForestThreads {
  private readonly forests = new Map<number, NumberedForest>();
  private generation = 0;
  private lastNumber = 0;
  private walkers: ForestPool | undefined;
  /** One per load that runs. */
  protected readonly loaders = new Set<ForestPool>();
  private readonly loadTurns: Turns;
  private isClosed = false;

  constructor(readonly threadCount: number) {
    this.loadTurns = new Turns(threadCount);
  }

  /** The pool of walks, started at first use: a process without forests has no threads for them. */
  protected get pool(): ForestPool {
    this.walkers ??= this.createWalkers();
    return this.walkers;
  }

  /** Loads a model file on a thread. @throws PairstreamError BACKEND_FAILED if the thread ended, BACKEND_UNAVAILABLE after `close` */
  async load(task: LoadTask): Promise<LoadOutcome> {
    return await this.loadTurns.take(async () => {
      if (this.isClosed) throw closed();
      // A thread of its own: no walk waits behind it, and the memory that a load takes ends with it.
      const loader = createPool(1, 1);
      // The load fails with the thread. The thread that replaces this one has no task that could fail.
      loader.on('error', () => undefined);
      this.loaders.add(loader);
      try {
        return await this.run(loader, 'load', task, `${task.path}: the thread that loads the forest`);
      } finally {
        this.loaders.delete(loader);
        await loader.destroy();
      }
    });
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

  /** Walks rows on a thread. @throws PairstreamError BACKEND_FAILED if the thread ended, BACKEND_UNAVAILABLE after `close` */
  async walk(walk: Walk): Promise<void> {
    if ((await this.walkOnce({ ...walk, generation: this.generation })) === 'walked') return;
    const { generation } = this;
    const outcome = await this.walkOnce({ ...walk, generation, forests: [...this.forests.values()] });
    if (outcome !== 'walked')
      throw new PairstreamError('BACKEND_FAILED', `forest ${walk.number} was released`);
  }

  /** Ends the threads. Tasks in flight and all later tasks fail with BACKEND_UNAVAILABLE. */
  async close(): Promise<void> {
    this.isClosed = true;
    const loaders = [...this.loaders].map(async (loader) => await loader.destroy());
    await Promise.all([this.walkers?.destroy(), ...loaders]);
  }

  private createWalkers(): ForestPool {
    const walkers = createPool(this.threadCount, TASKS_PER_THREAD);
    // A thread that cannot start ends without a task, and the pool starts no other: the next walk makes a new pool.
    walkers.on('error', () => {
      if (this.walkers === walkers) this.walkers = undefined;
      void walkers.destroy();
    });
    return walkers;
  }

  private async walkOnce(task: WalkTask): Promise<WalkOutcome> {
    // A pool that was destroyed would start threads again.
    if (this.isClosed) throw closed();
    return await this.run(this.pool, 'walk', task, 'a thread that runs forests');
  }

  private async run<Name extends keyof Tasks>(
    pool: ForestPool,
    name: Name,
    task: Tasks[Name]['task'],
    thread: string,
  ): Promise<Tasks[Name]['outcome']> {
    try {
      return await pool.run(task, { name });
    } catch (cause) {
      if (this.isClosed) throw closed();
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new PairstreamError('BACKEND_FAILED', `${thread} ended: ${problem}`, { cause });
    }
  }
}

/** A pool of a fixed number of threads; one that ends is replaced. */
function createPool(threadCount: number, concurrentTasksPerWorker: number): ForestPool {
  // Beside this file: compiled in the package, TypeScript in the repository.
  const filename = new URL(`forest-worker${extname(import.meta.filename)}`, import.meta.url).href;
  return new Piscina({
    filename,
    minThreads: threadCount,
    maxThreads: threadCount,
    concurrentTasksPerWorker,
  });
}

function closed(): PairstreamError {
  return new PairstreamError('BACKEND_UNAVAILABLE', 'the embedded backend is closed');
}
