/** Checks in the time that a heartbeat may stand still. Each needs this thread to run, so a process that is stopped loses no thread. */
const CHECKS = 10;
const BEATS_PER_CHECK = 4;
const SHORTEST_CHECK_MS = 20;
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
   * @param onStill called once, at most a fifth later, if the heart stands still for longer; not before this thread has looked ten
   *   times (fewer times below 200 ms)
   * @returns ends the watch
   */
  watch(maxStillMs: number, onStill: () => void): () => void {
    if (maxStillMs === 0) return () => undefined;
    const stillness = new Stillness(Math.ceil(maxStillMs / checkMs(maxStillMs)));
    const timer = setInterval(() => {
      if (!stillness.isReached(this.beats)) return;
      clearInterval(timer);
      onStill();
    }, checkMs(maxStillMs)).unref();
    return () => clearInterval(timer);
  }
}

/** Counts the checks in a row that find no new beat. */
export class Stillness {
  private lastBeats = 0;
  private stillCount = 0;

  /** @param maxStillCount checks without a new beat that are allowed */
  constructor(private readonly maxStillCount: number) {}

  /** One check. @returns true if the heart stood still for more checks than allowed; false before the first beat */
  isReached(beats: number): boolean {
    this.stillCount = beats === this.lastBeats && beats !== 0 ? this.stillCount + 1 : 0;
    this.lastBeats = beats;
    return this.stillCount > this.maxStillCount;
  }
}

function checkMs(maxStillMs: number): number {
  return Math.max(SHORTEST_CHECK_MS, maxStillMs / CHECKS);
}
