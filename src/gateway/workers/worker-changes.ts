import { PairstreamError } from '../../errors/pairstream-error.js';
import type { WorkerThread } from './worker-thread.js';

/** A change by an operator, made by one worker. Making it twice has the effect of making it once. */
export type WorkerChange = (worker: WorkerThread) => Promise<unknown>;

/** Changes by operators that are in force: a worker that is started anew makes them before it serves. */
export class WorkerChanges {
  private readonly byName = new Map<string, WorkerChange>();
  private changeCount = 0;

  /** Grows with every change. */
  get version(): number {
    return this.changeCount;
  }

  /** The change of one thing that is in force. @param name of what is changed */
  get(name: string): WorkerChange | undefined {
    return this.byName.get(name);
  }

  /** Puts a change in force, in place of an earlier one of the same name. @param change undefined: as the worker starts */
  set(name: string, change: WorkerChange | undefined): void {
    this.changeCount += 1;
    if (change === undefined) this.byName.delete(name);
    else this.byName.set(name, change);
  }

  /**
   * Makes the changes in force, again if some are added meanwhile. A change that fails is left out.
   * @param since version that the worker already has
   * @param warn takes a line for each change that fails
   * @returns the version that the worker has now
   * @throws PairstreamError if the worker ends
   */
  async apply(worker: WorkerThread, since: number, warn: (line: string) => void): Promise<number> {
    let version = since;
    while (version !== this.changeCount) {
      version = this.changeCount;
      for (const [name, change] of this.byName) {
        try {
          await change(worker);
        } catch (error) {
          if (worker.crash !== undefined) throw error;
          warn(
            `worker thread ${worker.index}: change of ${name} failed: ${PairstreamError.from(error).message}`,
          );
        }
      }
    }
    return version;
  }
}
