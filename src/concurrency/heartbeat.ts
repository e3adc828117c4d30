/** Checks in the time that a heartbeat may stand still. Each needs this thread to run, so a process that is stopped loses no thread. */
const CHECKS = 10;
const BEATS_PER_CHECK = 4;
const SHORTEST_CHECK_MS = 20;
/** CPU time of a thread that stands still, as a share of the time that it may: less is of a thread that does not get the processor. */
const LEAST_CPU_SHARE = 0.5;
/** After so many times the allowed time, a thread that stands still is reported whatever its CPU time is. */
const UNCONDITIONAL = 6;
/** Interval of the beats of a thread that is not watched, milliseconds. */
const UNWATCHED_BEAT_MS = 250;

/** Beats of a thread, in memory that other threads read: while they go on, the event loop of the thread turns. */
export class Heartbeat {
  private readonly count: Int32Array;

  /** @param memory of `Heartbeat.allocate`, the same in all threads */
  constructor(memory: SharedArrayBuffer) {
    this.count = new Int32Array(memory);
  }

  /** Memory of a heartbeat without a beat. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  }

  /** Beats so far, modulo 2^32; 0 before the first. */
  get beats(): number {
    return Atomics.load(this.count, 0);
  }

  /**
   * Beats now and at an interval, by a timer of this thread. The timer does not keep the thread alive.
   * @param maxStillMs as `watch` of the other thread has it
   */
  start(maxStillMs: number): void {
    const beat = (): void => void Atomics.add(this.count, 0, 1);
    const intervalMs = maxStillMs === 0 ? UNWATCHED_BEAT_MS : checkMs(maxStillMs) / BEATS_PER_CHECK;
    beat();
    setInterval(beat, intervalMs).unref();
  }

  /**
   * Watches the beats of another thread, from its first beat on. The timer does not keep this thread alive.
   * @param maxStillMs longest time between two beats, milliseconds; 0: any
   * @param cpuMs CPU time of the other thread so far, milliseconds; the promise may stay open
   * @param onStill called once, as soon as Stillness is reached
   * @returns ends the watch
   */
  watch(maxStillMs: number, cpuMs: () => Promise<number>, onStill: () => void): () => void {
    if (maxStillMs === 0) return () => undefined;
    const intervalMs = checkMs(maxStillMs);
    const stillness = new Stillness(Math.ceil(maxStillMs / intervalMs), maxStillMs * LEAST_CPU_SHARE, cpuMs);
    const timer = setInterval(() => {
      if (!stillness.isReached(this.beats)) return;
      clearInterval(timer);
      onStill();
    }, intervalMs).unref();
    return () => clearInterval(timer);
  }
}

/**
 * Counts the checks in a row that find no new beat. Stillness is reached when they are more than allowed and the thread has used the
 * processor meanwhile: a thread that the machine does not run is only slow. After six times as many checks it is reached in any case: the
 * thread may wait in the kernel.
 */
export class Stillness {
  private lastBeats = 0;
  private stillCount = 0;
  /** CPU time at the first answer since the last beat, and at the last. */
  private cpu: { readonly firstMs: number; readonly lastMs: number } | undefined;
  private isAsking = false;

  /**
   * @param maxStillCount checks without a new beat that are allowed
   * @param leastCpuMs CPU time that the thread has used meanwhile, at least
   * @param cpuMs as in `Heartbeat.watch`
   */
  constructor(
    private readonly maxStillCount: number,
    private readonly leastCpuMs: number,
    private readonly cpuMs: () => Promise<number>,
  ) {}

  /** One check. False before the first beat. */
  isReached(beats: number): boolean {
    if (beats !== this.lastBeats || beats === 0) {
      this.lastBeats = beats;
      this.stillCount = 0;
      this.cpu = undefined;
      return false;
    }
    this.stillCount += 1;
    void this.ask(beats);
    if (this.stillCount <= this.maxStillCount) return false;
    const usedMs = this.cpu === undefined ? 0 : this.cpu.lastMs - this.cpu.firstMs;
    return usedMs >= this.leastCpuMs || this.stillCount > this.maxStillCount * UNCONDITIONAL;
  }

  private async ask(beats: number): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    const lastMs = await this.cpuMs().catch(() => undefined);
    this.isAsking = false;
    if (lastMs === undefined || beats !== this.lastBeats || this.stillCount === 0) return;
    this.cpu = { firstMs: this.cpu?.firstMs ?? lastMs, lastMs };
  }
}

function checkMs(maxStillMs: number): number {
  return Math.max(SHORTEST_CHECK_MS, maxStillMs / CHECKS);
}
