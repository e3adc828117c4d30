import { extname } from 'node:path';
import { Piscina } from 'piscina';
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
  private loaders: ForestPool | undefined;
  private isClosed = false;

  constructor(readonly threadCount: number) {}

  /** The pool of walks, started at first use: a process without forests has no threads for them. */
  protected get pool(): ForestPool {
    this.walkers ??= createPool(this.threadCount, this.threadCount, TASKS_PER_THREAD);
    return this.walkers;
  }

  /** The pool of loads, because a walk queued behind a load would wait for seconds. All threads but one end when no load is queued. */
  private get loadPool(): ForestPool {
    this.loaders ??= createPool(1, this.threadCount, 1);
    return this.loaders;
  }

  /** Loads a model file on a thread. @throws PairstreamError BACKEND_FAILED if the thread ended, BACKEND_UNAVAILABLE after `close` */
  async load(task: LoadTask): Promise<LoadOutcome> {
    return await this.run(() => this.loadPool, 'load', task);
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
    await Promise.all([this.walkers?.destroy(), this.loaders?.destroy()]);
  }

  private async walkOnce(task: WalkTask): Promise<WalkOutcome> {
    return await this.run(() => this.pool, 'walk', task);
  }

  private async run<Name extends keyof Tasks>(
    poolOf: () => ForestPool,
    name: Name,
    task: Tasks[Name]['task'],
  ): Promise<Tasks[Name]['outcome']> {
    // A pool that was destroyed would start threads again.
    if (this.isClosed) throw closed();
    try {
      return await poolOf().run(task, { name });
    } catch (cause) {
      if (this.isClosed) throw closed();
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new PairstreamError('BACKEND_FAILED', `a thread that runs forests ended: ${problem}`, { cause });
    }
  }
}

/** A pool whose threads that end are replaced below the minimum only: tasks that wait need one. */
function createPool(minThreads: number, maxThreads: number, concurrentTasksPerWorker: number): ForestPool {
  // Beside this file: compiled in the package, TypeScript in the repository.
  const filename = new URL(`forest-worker${extname(import.meta.filename)}`, import.meta.url).href;
  return new Piscina({ filename, minThreads, maxThreads, concurrentTasksPerWorker });
}

function closed(): PairstreamError {
  return new PairstreamError('BACKEND_UNAVAILABLE', 'the embedded backend is closed');
}
