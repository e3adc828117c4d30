import type { Part } from './caller-queue.js';

/** Callers with rows in the batches in flight. */
export class RunningCallers {
  /** Parts in flight by caller; a caller without any has no entry. */
  private readonly partCounts = new Map<string, number>();

  has(caller: string): boolean {
    return this.partCounts.has(caller);
  }

  /** A batch starts. */
  enter<S>(parts: readonly Part<S>[]): void {
    for (const { job } of parts) this.change(job.work.caller ?? '', 1);
  }

  /** A batch has ended. @param parts those of `enter` */
  leave<S>(parts: readonly Part<S>[]): void {
    for (const { job } of parts) this.change(job.work.caller ?? '', -1);
  }

  private change(caller: string, change: number): void {
    const count = (this.partCounts.get(caller) ?? 0) + change;
    if (count === 0) this.partCounts.delete(caller);
    else this.partCounts.set(caller, count);
  }
}
