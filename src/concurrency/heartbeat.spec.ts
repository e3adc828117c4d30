import { expect, it, onTestFinished, vi } from 'vitest';
import { Heartbeat, Stillness } from './heartbeat.js';

const PATIENCE = { timeout: 30_000, interval: 10 };

/** CPU time of a thread, by check: it grows by 10 ms in each while the thread runs. */
async function checks(beats: readonly number[], isRunning = true): Promise<number[]> {
  let cpuMs = 0;
  const stillness = new Stillness(2, 15, () => Promise.resolve(cpuMs));
  const found: number[] = [];
  for (const count of beats) {
    if (isRunning) cpuMs += 10;
    found.push(Number(stillness.isReached(count)));
    await new Promise(setImmediate);
  }
  return found;
}

it.each([
  { name: 'beats', beats: [1, 2, 3, 4, 5, 6], found: [0, 0, 0, 0, 0, 0] },
  { name: 'has not begun', beats: [0, 0, 0, 0, 0, 0], found: [0, 0, 0, 0, 0, 0] },
  { name: 'stops', beats: [1, 2, 2, 2, 2, 2], found: [0, 0, 0, 0, 0, 1] },
  { name: 'stops and goes on', beats: [1, 1, 1, 2, 2, 2], found: [0, 0, 0, 0, 0, 0] },
])('a heart that $name', async ({ beats, found }) => {
  expect(await checks(beats)).toEqual(found);
});

it('a heart that stops because its thread does not get the processor is given six times as long', async () => {
  const found = await checks(
    Array.from({ length: 16 }, () => 1),
    false,
  );
  expect(found.indexOf(1)).toBe(13);
});

it('a thread that does not tell its CPU time is given six times as long', () => {
  const stillness = new Stillness(1, 1, () => new Promise(() => undefined));
  expect(Array.from({ length: 9 }, () => Number(stillness.isReached(1))).indexOf(1)).toBe(7);
});

it('tells once that a heart stands still, and nothing of one that beats', async () => {
  const [live, still] = [Heartbeat.allocate(), Heartbeat.allocate()];
  new Heartbeat(live).start(200);
  Atomics.add(new Int32Array(still), 0, 1);
  const [onLive, onStill] = [vi.fn<() => void>(), vi.fn<() => void>()];
  let cpuMs = 0;
  const cpu = (): Promise<number> => Promise.resolve((cpuMs += 100));
  const stops = [
    new Heartbeat(live).watch(60_000, cpu, onLive),
    new Heartbeat(still).watch(60, cpu, onStill),
  ];
  onTestFinished(() => stops.forEach((stop) => stop()));
  await expect.poll(() => onStill.mock.calls.length, PATIENCE).toBe(1);
  await expect.poll(() => new Heartbeat(live).beats, PATIENCE).toBeGreaterThan(20);
  expect([onLive.mock.calls.length, onStill.mock.calls.length]).toEqual([0, 1]);
});

it('is not watched with a bound of 0', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  new Heartbeat(Heartbeat.allocate()).watch(
    0,
    () => Promise.resolve(0),
    () => undefined,
  );
  expect(vi.getTimerCount()).toBe(0);
});
