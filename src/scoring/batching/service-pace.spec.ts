import { describe, expect, it } from 'vitest';
import { ServicePace } from './service-pace.js';

/** Steps of busy and idle time, in order. */
type Step = { readonly busyMs: number; readonly rows: number } | { readonly idleMs: number };

function paceAfter(steps: readonly Step[]): number | undefined {
  let nowMs = 5_000;
  const pace = new ServicePace(() => nowMs);
  for (const step of steps) {
    if ('idleMs' in step) {
      pace.end();
      nowMs += step.idleMs;
    } else {
      pace.begin();
      nowMs += step.busyMs;
      pace.batchDone(step.rows);
    }
  }
  return pace.msPerRow;
}

describe('ServicePace', () => {
  it.each<[string, readonly Step[], number]>([
    ['busy time per row of one batch', [{ busyMs: 50, rows: 100 }], 0.5],
    [
      'idle time does not count',
      [{ busyMs: 50, rows: 100 }, { idleMs: 60_000 }, { busyMs: 50, rows: 100 }],
      0.5,
    ],
    [
      'a batch of twice the rows weighs twice',
      [
        { busyMs: 1, rows: 2 },
        { busyMs: 4, rows: 4 },
      ],
      5 / 6,
    ],
    [
      'a second of busy time halves what was before',
      [
        { busyMs: 1_000, rows: 100 },
        { busyMs: 1_000, rows: 1_000 },
      ],
      1_500 / 1_050,
    ],
    [
      'one slow batch is forgotten',
      [{ busyMs: 300, rows: 1 }, ...Array.from({ length: 200 }, () => ({ busyMs: 100, rows: 1_000 }))],
      0.1,
    ],
  ])('%s', (_name, steps, expected) => {
    expect(paceAfter(steps)).toBeCloseTo(expected, 2);
  });

  it.each<[string, readonly Step[]]>([
    ['before the first batch', []],
    ['after idle time alone', [{ idleMs: 1_000 }]],
  ])('is unknown %s', (_name, steps) => {
    expect(paceAfter(steps)).toBeUndefined();
  });
});
