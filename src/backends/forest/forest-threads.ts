import { extname } from 'node:path';
import { Piscina } from 'piscina';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { LoadOutcome, LoadTask, NumberedForest, WalkOutcome, WalkTask } from './forest-task.js';

/** Calls that are handed to a thread before it answers, so that it need not wait for the event loop between two. */
const TASKS_PER_THREAD = 8;

/** What the caller says of a walk; the threads add the forests. */
export type Walk = Omit<WalkTask, 'generation' | 'forests'>;

/** The functions of forest-worker.ts. */
interface Tasks {
  readonly load: { readonly task: LoadTask; readonly outcome: LoadOutcome };
  readonly walk: { readonly task: WalkTask; readonly outcome: WalkOutcome };
}

type ForestPool = Piscina<unknown, LoadOutcome & WalkOutcome>;

/** Threads that load and walk forests. They start with the first task, and end with `close`. */
export class ForestThreads {
  private readonly forests = new Map<number, NumberedForest>();
  private generation = 0;
  private lastNumber = 0;
  private startedPool: ForestPool | undefined;

  constructor(readonly threadCount: number) {}

  /** The pool, started at first use: a process without forests has no threads for them. */
  protected get pool(): ForestPool {
    this.startedPool ??= new Piscina({
      // Beside this file: compiled in the package, TypeScript in the repository.
      filename: new URL(`forest-worker${extname(import.meta.filename)}`, import.meta.url).href,
      // A thread that ends is replaced only below the minimum, and tasks that wait need one.
      minThreads: this.threadCount,
      maxThreads: this.threadCount,
      concurrentTasksPerWorker: TASKS_PER_THREAD,
    });
    return this.startedPool;
  }

  /** Loads a model file on a thread. @throws PairstreamError BACKEND_FAILED if the thread ended */
  async load(task: LoadTask): Promise<LoadOutcome> {
    return await this.run('load', task);
  }

  /** Makes a forest known to all threads. @returns its number */
  add(compiled: NumberedForest['compiled']): number {
    this.lastNumber += 1;
    this.forests.set(this.lastNumber, { number: this.lastNumber, compiled });
    this.generation += 1;
    return this.lastNumber;
  }

  /** Forgets a forest; the threads free its memory with their next task. */
  remove(number: number): void {
    if (this.forests.delete(number)) this.generation += 1;
  }

  /** Walks rows on a thread. @throws PairstreamError BACKEND_FAILED if the thread ended */
  async walk(walk: Walk): Promise<void> {
    if ((await this.walkOnce({ ...walk, generation: this.generation })) === 'walked') return;
    const { generation } = this;
    const outcome = await this.walkOnce({ ...walk, generation, forests: [...this.forests.values()] });
    if (outcome !== 'walked')
      throw new PairstreamError('BACKEND_FAILED', `forest ${walk.number} was released`);
  }

  /** Ends the threads. Tasks in flight fail. */
  async close(): Promise<void> {
    await this.startedPool?.destroy();
  }

  private async walkOnce(task: WalkTask): Promise<WalkOutcome> {
    return await this.run('walk', task);
  }

  private async run<Name extends keyof Tasks>(
    name: Name,
    task: Tasks[Name]['task'],
  ): Promise<Tasks[Name]['outcome']> {
    try {
      return await this.pool.run(task, { name });
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new PairstreamError('BACKEND_FAILED', `a thread that runs forests ended: ${problem}`, { cause });
    }
  }
}
