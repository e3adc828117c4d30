import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from './turns.js';

/** Length of a slice, milliseconds. */
const SLICE_MS = 4;

/** A span of time in which long work may keep the event loop. */
export class Slice {
  private readonly endMs = performance.now() + SLICE_MS;

  /** True if the work should pause. */
  get isOver(): boolean {
    return performance.now() >= this.endMs;
  }
}

/** Later slices of all work of this thread: one in each turn of the event loop, however much work there is. */
const turns = new Turns();

/**
 * Runs work in slices, between which the event loop turns. Work that fits into one slice runs at once.
 * @param step works until the slice is over; returns true when the work is done
 * @param check called before each slice but the first; what it throws ends the work
 * @throws what `step` or `check` throws
 */
export async function inSlices(step: (slice: Slice) => boolean, check: () => void): Promise<void> {
  if (step(new Slice())) return;
  const next = async (): Promise<boolean> => {
    await nextTurn();
    check();
    return step(new Slice());
  };
  while (!(await turns.take(next)));
}
