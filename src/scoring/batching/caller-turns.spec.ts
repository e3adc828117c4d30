import { describe, expect, it } from 'vitest';
import type { BatchJob, BatchWork } from './batch-job.js';
import { CallerTurns } from './caller-turns.js';

/** A slot has the caller of each row. */
type Slot = string[];

const NEVER = new AbortController().signal;

interface Waiting {
  readonly turns: CallerTurns<Slot>;
  /** Adds a call of a caller. */
  readonly add: (caller: string, rowCount: number, options?: Partial<BatchWork<Slot>>) => BatchJob<Slot>;
  /** Fills a slot. @returns rows by caller, in the order of the slot, for instance `a4 b2 a2` */
  readonly fill: (mostRows?: number) => string;
}

function waitingCalls(maxBatchRows = 1_024): Waiting {
  const turns = new CallerTurns<Slot>(maxBatchRows, () => undefined);
  return {
    turns,
    add: (caller, rowCount, options = {}) => {
      const writeRows = (slot: Slot, range: { batchRow: number; rowCount: number }): void => {
        for (let i = 0; i < range.rowCount; i += 1) slot[range.batchRow + i] = caller;
      };
      const work = {
        rowCount,
        caller,
        deadlineMs: Infinity,
        signal: NEVER,
        writeRows,
        readRows: () => undefined,
      };
      const job = turns.add({ ...work, ...options });
      job.done.catch(() => undefined);
      return job;
    },
    fill: (mostRows = maxBatchRows) => {
      const slot: Slot = [];
      const rowCount = turns.writeInto(slot, mostRows).reduce((sum, { range }) => sum + range.rowCount, 0);
      expect(slot).toHaveLength(rowCount);
      const runs: [caller: string, count: number][] = [];
      for (const caller of slot) {
        const last = runs.at(-1);
        if (last?.[0] === caller) last[1] += 1;
        else runs.push([caller, 1]);
      }
      return runs.map(([caller, count]) => `${caller}${count}`).join(' ');
    },
  };
}

/** Rows of each caller in the slots. */
function countOf(slots: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const run of slots.flatMap((slot) => slot.split(' ')))
    counts[run[0]!] = (counts[run[0]!] ?? 0) + Number(run.slice(1));
  return counts;
}

describe('CallerTurns', () => {
  it.each<[string, readonly (readonly [caller: string, rowCount: number])[], readonly string[]]>([
    ['a caller alone has the whole slot', [['f', 3_000]], ['f1024', 'f1024', 'f952']],
    [
      'a small call beside one huge call',
      [
        ['f', 3_000],
        ['s', 10],
      ],
      ['f128 s10 f886', 'f1024', 'f962'],
    ],
    [
      'a small call beside many calls',
      [...Array.from({ length: 30 }, () => ['f', 100] as const), ['s', 10]],
      ['f128 s10 f886', 'f1024', 'f962'],
    ],
    [
      'many small calls beside one huge call',
      [['f', 2_000], ...Array.from({ length: 100 }, () => ['s', 1] as const)],
      ['f128 s100 f796', 'f1024', 'f52'],
    ],
    [
      'two floods share each slot',
      [
        ['f', 2_000],
        ['g', 2_000],
      ],
      ['f128 g128 f128 g128 f128 g128 f128 g128', 'f128 g128 f128 g128 f128 g128 f128 g128'],
    ],
    [
      'a caller that is done leaves its turns to the others',
      [
        ['f', 200],
        ['g', 900],
      ],
      ['f128 g128 f72 g696', 'g76'],
    ],
  ])('%s', (_name, calls, slots) => {
    const { turns, add, fill } = waitingCalls();
    for (const [caller, rowCount] of calls) add(caller, rowCount);
    expect(slots.map(() => fill())).toEqual(slots);
    expect(turns.rowCount).toBe(
      calls.reduce((sum, [, count]) => sum + count, 0) -
        Object.values(countOf(slots)).reduce((a, b) => a + b),
    );
  });

  it('a turn that the end of a slot cuts off goes on in the next slot', () => {
    const { add, fill } = waitingCalls(1_024);
    for (const caller of ['f', 'g']) add(caller, 1_000);
    // Turns of 100 rows: half of the slot.
    expect(fill(200)).toBe('f100 g100');
    expect(fill(300)).toBe('f128 g128 f44');
    expect(fill(300)).toBe('f84 g128 f88');
  });

  it.each([
    [2, 100],
    [10, 30],
    [3, 999],
  ])('%i callers with slots of %i rows have equal shares, but for a turn', (callerCount, mostRows) => {
    const { add, fill } = waitingCalls();
    const callers = Array.from({ length: callerCount }, (_, i) => 'abcdefghij'[i]!);
    for (const caller of callers) add(caller, 100_000);
    const counts = Object.values(countOf(Array.from({ length: 200 }, () => fill(mostRows))));
    expect(counts).toHaveLength(callerCount);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(128);
  });

  it('10,000 callers of a few rows are each served once, and leave nothing behind', () => {
    const { turns, add, fill } = waitingCalls();
    for (let i = 0; i < 10_000; i += 1) add(String.fromCodePoint(0x4_e00 + i), 3);
    expect(turns.callerCount).toBe(10_000);
    const slots: string[] = [];
    while (turns.rowCount > 0) slots.push(fill());
    expect(slots).toHaveLength(Math.ceil(30_000 / 1_024));
    expect(new Set(Object.values(countOf(slots)))).toEqual(new Set([3]));
    expect(turns.callerCount).toBe(0);
    expect([...turns.jobs()]).toEqual([]);
  });

  it.each<[string, (job: BatchJob<Slot>, controller: AbortController) => void, Partial<BatchWork<Slot>>]>([
    ['that cancels', (_job, controller) => controller.abort(), {}],
    ['whose deadline has passed on arrival', (job) => job.expireIfLate(), { deadlineMs: 0 }],
  ])('a caller %s in the queue leaves it, and costs the others no row', (_name, end, options) => {
    const { turns, add, fill } = waitingCalls();
    add('f', 100);
    const controller = new AbortController();
    const job = add('x', 500, { signal: controller.signal, ...options });
    const half = add('g', 100);
    expect(turns.callerCount).toBe(3);
    end(job, controller);
    expect(turns.callerCount).toBe(2);
    expect(turns.rowCount).toBe(200);
    expect(fill()).toBe('f100 g100');
    expect(half.waitingRowCount).toBe(0);
  });

  it('a caller that cancels in the middle of its message leaves the rest', () => {
    const { turns, add, fill } = waitingCalls();
    const controller = new AbortController();
    add('x', 500, { signal: controller.signal });
    add('f', 500);
    expect(fill(300)).toBe('x128 f128 x44');
    controller.abort();
    expect(turns.callerCount).toBe(1);
    expect(fill()).toBe('f372');
    expect(turns.rowCount).toBe(0);
  });

  it('a deadline that passes in the queue is heard when the rows would be written', () => {
    const { turns, add, fill } = waitingCalls();
    const late = add('x', 500, { deadlineMs: performance.now() + 1 });
    add('f', 10);
    const busyUntilMs = performance.now() + 2;
    while (performance.now() < busyUntilMs);
    expect(fill()).toBe('f10');
    expect(late.isSettled).toBe(true);
    expect(turns.rowCount).toBe(0);
    expect(turns.callerCount).toBe(0);
  });
});

describe('CallerTurns with callers that may not write', () => {
  it('passes them over, and they keep the rest of their turns', () => {
    const { turns, add, fill } = waitingCalls();
    for (const caller of ['f', 'g', 'h']) add(caller, 300);
    expect(fill(200)).toBe('f100 g100');
    const slot: Slot = [];
    turns.writeInto(slot, 200, (caller) => caller === 'h');
    expect(slot.join('')).toBe('h'.repeat(200));
    expect(turns.hasWriter((caller) => caller === 'x')).toBe(false);
    expect(turns.rowCount).toBe(500);
  });

  it('searches 64 callers, and goes on behind them', () => {
    const { turns, add } = waitingCalls();
    for (let i = 0; i < 100; i += 1) add(`f${i}`, 1);
    add('s', 1);
    expect(turns.hasWriter((caller) => caller === 's')).toBe(false);
    expect(turns.hasWriter((caller) => caller === 's')).toBe(true);
  });
});

describe('CallerTurns.rowsAhead', () => {
  it.each<[string, readonly (readonly [caller: string, rowCount: number])[], number, string, number]>([
    ['nobody waits', [], 10, 's', 0],
    ['of a flood, one turn is ahead of a small call', [['f', 10_000]], 10, 's', 128],
    ['of a flood, as many turns as the rows need', [['f', 10_000]], 300, 's', 3 * 128],
    ['no more than wait', [['f', 50]], 300, 's', 50],
    [
      'of two floods, a turn of each',
      [
        ['f', 10_000],
        ['g', 10_000],
      ],
      10,
      's',
      256,
    ],
    [
      'of its own calls, all that are not large',
      [
        ['s', 100],
        ['s', 100],
      ],
      10,
      's',
      200,
    ],
    [
      'its own calls and the turns of others meanwhile',
      [
        ['s', 100],
        ['f', 10_000],
      ],
      10,
      's',
      228,
    ],
    [
      'a small caller delays a flood by its rows alone',
      [
        ['f', 500],
        ['s', 10],
      ],
      100,
      'f',
      510,
    ],
  ])('%s', (_name, calls, rowCount, caller, expected) => {
    const { turns, add } = waitingCalls();
    for (const [name, count] of calls) add(name, count);
    expect(turns.rowsAhead(rowCount, caller)).toBe(expected);
  });
});
