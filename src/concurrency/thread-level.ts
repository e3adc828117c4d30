/**
 * A level that several threads add to, against a bound of the whole process: each thread publishes its own part in shared memory, and
 * reads the sum of all without waiting. All threads see all changes in one order, so a thread that publishes before it compares never
 * passes the bound together with another one; both may be refused.
 */
export class ThreadLevel {
  private readonly parts: BigInt64Array;

  /**
   * @param memory of `ThreadLevel.allocate`, the same in all threads
   * @param thread index of this thread
   */
  constructor(
    memory: SharedArrayBuffer,
    private readonly thread: number,
  ) {
    this.parts = new BigInt64Array(memory);
  }

  /** Memory of a level, all parts 0. */
  static allocate(threadCount: number): SharedArrayBuffer {
    return new SharedArrayBuffer(threadCount * BigInt64Array.BYTES_PER_ELEMENT);
  }

  /** A level of a process with one thread. */
  static alone(): ThreadLevel {
    return new ThreadLevel(ThreadLevel.allocate(1), 0);
  }

  /** Part of this thread: an integer. */
  get own(): number {
    return Number(Atomics.load(this.parts, this.thread));
  }

  set own(value: number) {
    Atomics.store(this.parts, this.thread, BigInt(value));
  }

  /** Sum of all threads. */
  get total(): number {
    let total = 0;
    for (let thread = 0; thread < this.parts.length; thread += 1)
      total += Number(Atomics.load(this.parts, thread));
    return total;
  }
}
