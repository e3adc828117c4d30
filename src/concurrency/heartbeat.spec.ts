import { expect, it, onTestFinished, vi } from 'vitest';
import { Heartbeat, Stillness } from './heartbeat.js';

const PATIENCE = { timeout: 30_000, interval: 10 };

it.each([
  { name: 'beats', beats: [1, 2, 3, 4, 5, 6], found: [0, 0, 0, 0, 0, 0] },
  { name: 'has not begun', beats: [0, 0, 0, 0, 0, 0], found: [0, 0, 0, 0, 0, 0] },
  { name: 'stops', beats: [1, 2, 2, 2, 2, 2], found: [0, 0, 0, 0, 1, 1] },
  { name: 'stops and goes on', beats: [1, 1, 1, 2, 2, 2], found: [0, 0, 0, 0, 0, 0] },
])('a heart that $name', ({ beats, found }) => {
  const stillness = new Stillness(2);
  expect(beats.map((count) => Number(stillness.isReached(count)))).toEqual(found);
});

it('tells once that a heart stands still, and nothing of one that beats', async () => {
  const [live, still] = [Heartbeat.allocate(), Heartbeat.allocate()];
  new Heartbeat(live).start(200);
  Atomics.add(new Int32Array(still), 0, 1);
  const [onLive, onStill] = [vi.fn<() => void>(), vi.fn<() => void>()];
  const stops = [new Heartbeat(live).watch(60_000, onLive), new Heartbeat(still).watch(60, onStill)];
  onTestFinished(() => stops.forEach((stop) => stop()));
  await expect.poll(() => onStill.mock.calls.length, PATIENCE).toBe(1);
  await expect.poll(() => new Heartbeat(live).beats, PATIENCE).toBeGreaterThan(20);
  expect([onLive.mock.calls.length, onStill.mock.calls.length]).toEqual([0, 1]);
});

it('is not watched with a bound of 0', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  new Heartbeat(Heartbeat.allocate()).watch(0, () => undefined);
  expect(vi.getTimerCount()).toBe(0);
});
