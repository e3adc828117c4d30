import { expect, it, vi } from 'vitest';
import { inSlices, Slice } from './slices.js';

const NO_CHECK = (): void => undefined;

it('runs work that fits into one slice at once', () => {
  const step = vi.fn<() => boolean>(() => true);
  void inSlices(step, NO_CHECK);
  expect(step).toHaveBeenCalledOnce();
});

it('runs one slice in each turn of the event loop, of whichever work', async () => {
  const turnsOf: number[] = [];
  let turn = 0;
  const counting = setInterval(() => (turn += 1), 0);
  const immediates = (): void => {
    turn += 1;
    if (turnsOf.length < 6) setImmediate(immediates);
  };
  setImmediate(immediates);
  const work = (): Promise<void> => {
    let left = 3;
    return inSlices(() => {
      if (left < 3) turnsOf.push(turn);
      left -= 1;
      return left === 0;
    }, NO_CHECK);
  };
  await Promise.all([work(), work(), work()]);
  clearInterval(counting);
  expect(turnsOf).toHaveLength(6);
  expect(new Set(turnsOf).size).toBe(6);
});

it('ends with the error of the check, and lets other work go on', async () => {
  const step = vi.fn<() => boolean>(() => false);
  const gone = inSlices(step, () => {
    throw new Error('gone');
  });
  let left = 3;
  const other = inSlices(() => (left -= 1) === 0, NO_CHECK);
  await expect(gone).rejects.toThrow('gone');
  await other;
  expect(step).toHaveBeenCalledOnce();
});

it('a slice is over after a while', async () => {
  const slice = new Slice();
  await expect.poll(() => slice.isOver, { timeout: 30_000, interval: 1 }).toBe(true);
});
