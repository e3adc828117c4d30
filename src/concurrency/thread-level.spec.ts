import { describe, expect, it } from 'vitest';
import { allocateLevels, clearLevels, levelsOf } from './process-levels.js';
import { ThreadLevel } from './thread-level.js';

describe('ThreadLevel', () => {
  it('adds up what every thread publishes', () => {
    const memory = ThreadLevel.allocate(3);
    const levels = [0, 1, 2].map((thread) => new ThreadLevel(memory, thread));
    levels.forEach((level, i) => {
      level.own = 10 ** i;
    });
    expect(levels.map(({ own, total }) => [own, total])).toEqual([
      [1, 111],
      [10, 111],
      [100, 111],
    ]);
  });

  it('takes out the part of a thread that has ended', () => {
    const memory = allocateLevels(2);
    const [first, second] = [0, 1].map((thread) => levelsOf(memory, thread));
    first!.openCalls.own = 5;
    first!.messageBytes.own = 2 ** 40;
    second!.openCalls.own = 3;
    clearLevels(memory, 0);
    expect([second!.openCalls.total, second!.messageBytes.total]).toEqual([3, 0]);
  });
});
