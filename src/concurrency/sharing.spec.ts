import { describe, expect, it } from 'vitest';
import { Sharing } from './sharing.js';

describe('Sharing', () => {
  it.each<[string, readonly (readonly [atMs: number, caller: string])[], number, boolean]>([
    ['nobody', [], 0, false],
    [
      'one caller, many times',
      [
        [0, 'a'],
        [1, 'a'],
        [2, 'a'],
      ],
      3,
      false,
    ],
    [
      'two callers',
      [
        [0, 'a'],
        [1, 'b'],
      ],
      2,
      true,
    ],
    [
      'two callers, until 5 s later',
      [
        [0, 'a'],
        [1, 'b'],
      ],
      5_000,
      true,
    ],
    [
      'two callers, 5 s after the second',
      [
        [0, 'a'],
        [1, 'b'],
      ],
      5_001,
      false,
    ],
    [
      'one after the other has gone',
      [
        [0, 'a'],
        [5_001, 'b'],
      ],
      5_002,
      false,
    ],
    [
      'a small caller beside a flood',
      [
        [0, 'a'],
        [1, 'a'],
        [2, 'b'],
        [4_000, 'a'],
        [9_000, 'a'],
      ],
      8_999,
      true,
    ],
    [
      'a flood after the small caller has gone',
      [
        [0, 'a'],
        [2, 'b'],
        [4_000, 'a'],
        [9_000, 'a'],
      ],
      9_001,
      false,
    ],
  ])('%s', (_name, uses, nowMs, isShared) => {
    const clock = { nowMs: 0 };
    const sharing = new Sharing(() => clock.nowMs);
    for (const [atMs, caller] of uses) {
      clock.nowMs = atMs;
      sharing.note(caller);
    }
    clock.nowMs = nowMs;
    expect(sharing.isShared).toBe(isShared);
  });
});
