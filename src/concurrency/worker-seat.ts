/** Place of a thread among the worker threads of a gateway. */
export interface WorkerSeat {
  /** From 0. */
  readonly index: number;
  /** Number of worker threads. */
  readonly count: number;
}

/** Seat of a gateway that serves on its main thread. */
export const ONLY_SEAT: WorkerSeat = { index: 0, count: 1 };
