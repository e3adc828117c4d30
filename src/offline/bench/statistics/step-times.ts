import { createHistogram } from 'node:perf_hooks';

/**
 * Times of many short steps, microseconds. CPU time of the thread is the figure: on a machine with other programs, the clock also
 * counts the time in which they ran.
 */
export class StepTimes {
  readonly cpu = createHistogram();
  readonly wall = createHistogram();

  /** Runs a step and records its times. */
  time<Result>(step: () => Result): Result {
    const before = process.threadCpuUsage();
    const startedMs = performance.now();
    const result = step();
    const wallUs = (performance.now() - startedMs) * 1_000;
    const { user, system } = process.threadCpuUsage(before);
    this.cpu.record(Math.max(1, Math.round(user + system)));
    this.wall.record(Math.max(1, Math.round(wallUs)));
    return result;
  }
}
