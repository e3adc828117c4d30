import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { BatchWork } from './batch-job.js';
import { Batcher, type BatchPolicy } from './batcher.js';
import { ServicePace } from './service-pace.js';

/** A slot is the list of row names in it. */
type Slot = string[];

interface Run {
  readonly rows: string[];
  finish(): void;
  fail(error: Error): void;
}

const NEVER = new AbortController().signal;
let runs: Run[] = [];
let sent: { rowCount: number; callCount: number }[] = [];
let waiting = 0;

function createBatcher(
  policy: Partial<BatchPolicy> = {},
  slotCount = 1,
  pace?: ServicePace,
  answerSoFar?: (slot: Slot, rowCount: number) => boolean,
): Batcher<Slot> {
  runs = [];
  sent = [];
  waiting = 0;
  const slots: Slot[] = Array.from({ length: slotCount }, () => []);
  return new Batcher<Slot>(
    slots,
    { maxBatchRows: 8, maxBatchDelayUs: 0, ...policy },
    (slot, rowCount) =>
      new Promise((resolve, reject) =>
        runs.push({ rows: slot.slice(0, rowCount), finish: resolve, fail: reject }),
      ),
    {
      batchSent: (rowCount, callCount) => sent.push({ rowCount, callCount }),
      batchDone: () => undefined,
      paceMeasured: () => undefined,
      waitingRows: (rowCount) => (waiting = rowCount),
    },
    pace,
    answerSoFar,
  );
}

function call(
  name: string,
  rowCount: number,
  options: Partial<BatchWork<Slot>> = {},
): BatchWork<Slot> & { read: string[] } {
  const read: string[] = [];
  return {
    read,
    rowCount,
    deadlineMs: Infinity,
    signal: NEVER,
    writeRows: (slot, range) => {
      for (let i = 0; i < range.rowCount; i += 1) slot[range.batchRow + i] = `${name}${range.requestRow + i}`;
    },
    readRows: (slot, range) => {
      for (let i = 0; i < range.rowCount; i += 1) read[range.requestRow + i] = slot[range.batchRow + i]!;
    },
    ...options,
  };
}

/** More turns of the event loop than a batcher leaves to its answers. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

async function finishAll(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet += 1) {
    while (runs.length > 0) {
      runs.shift()!.finish();
      quiet = 0;
      await manyTurns();
    }
    await sleep(0);
  }
}

/** A pace of 2 ms per row, measured up to 0 on its clock. */
function paceOn(clock: { nowMs: number }): ServicePace {
  const pace = new ServicePace(() => clock.nowMs);
  clock.nowMs = -2_000;
  pace.begin();
  clock.nowMs = 0;
  pace.batchDone(1_000);
  return pace;
}

/** A pace of 2 ms per row that stays as it is. */
const steadyPace = (): ServicePace => paceOn({ nowMs: 0 });

describe('Batcher.estimate', () => {
  it.each<[string, readonly number[], number, number]>([
    ['what runs is ahead', [3], 1, 6],
    ['what waits is ahead, too', [3, 2, 2], 1, 14],
    // 8 rows of the first run; on one turn, 4 of its others are ahead of a small call.
    ['a large call is ahead with one turn', [100], 1, (8 + 4) * 2],
    ['a call of three turns waits for three', [100], 9, (8 + 3 * 4) * 2],
    ['no more is ahead than there is', [10], 100, (8 + 2) * 2],
  ])('%s', async (_name, ahead, rowCount, queueMs) => {
    const batcher = createBatcher({}, 1, steadyPace());
    expect(batcher.estimate(rowCount)).toBeUndefined();
    const done = ahead.map((count) => batcher.submit(call('a', count)));
    const estimate = batcher.estimate(rowCount);
    expect(estimate?.queueMs).toBeCloseTo(queueMs);
    expect(estimate?.serviceMs).toBeCloseTo(2 * rowCount);
    await finishAll();
    await Promise.all(done);
    expect(batcher.estimate(rowCount)).toBeUndefined();
  });

  it.each([
    ['half of it', 10, 10],
    ['no more than four fifths, however long it takes', 1_000, 4],
  ])('of a batch that runs, what has been done is not ahead: %s', async (_name, nowMs, queueMs) => {
    const clock = { nowMs: 0 };
    const batcher = createBatcher({ maxBatchRows: 10 }, 1, paceOn(clock));
    const done = batcher.submit(call('a', 10));
    clock.nowMs = nowMs;
    expect(batcher.estimate(1)?.queueMs).toBeCloseTo(queueMs);
    await finishAll();
    await done;
  });

  it('nothing is estimated before the first batch has ended', async () => {
    const batcher = createBatcher();
    const done = batcher.submit(call('a', 100));
    expect(batcher.estimate(1)).toBeUndefined();
    await finishAll();
    await done;
  });

  it('calls that gave up are not ahead', async () => {
    const batcher = createBatcher({}, 1, steadyPace());
    const first = batcher.submit(call('a', 1));
    const controller = new AbortController();
    const gone = batcher.submit(call('b', 50, { signal: controller.signal }));
    expect(batcher.estimate(1)?.queueMs).toBeCloseTo((1 + 4) * 2);
    controller.abort();
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(batcher.estimate(1)?.queueMs).toBeCloseTo(2);
    await finishAll();
    await first;
  });
});

describe('Batcher', () => {
  it('sends at once when nothing runs, and gathers what comes meanwhile', async () => {
    const batcher = createBatcher();
    const calls = [call('a', 1), call('b', 2), call('c', 3)];
    const done = calls.map((work) => batcher.submit(work));
    expect(runs.map(({ rows }) => rows)).toEqual([['a0']]);
    await finishAll();
    await Promise.all(done);
    expect(sent).toEqual([
      { rowCount: 1, callCount: 1 },
      { rowCount: 5, callCount: 2 },
    ]);
    expect(calls[2]!.read).toEqual(['c0', 'c1', 'c2']);
  });

  it('every row of calls of any size comes back to its call, once', async () => {
    const batcher = createBatcher({}, 2);
    const calls = [1, 30, 7, 8, 9, 3, 64, 2].map((rowCount, i) => call(`${'abcdefgh'[i]}`, rowCount));
    const done = calls.map((work) => batcher.submit(work));
    await finishAll();
    await Promise.all(done);
    for (const [i, { read, rowCount }] of calls.entries()) {
      expect(read).toEqual(Array.from({ length: rowCount }, (_, row) => `${'abcdefgh'[i]}${row}`));
    }
    expect(sent.every(({ rowCount }) => rowCount <= 8)).toBe(true);
    expect(sent.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(124);
  });

  it('a large call takes turns with small ones', async () => {
    const batcher = createBatcher();
    const large = batcher.submit(call('L', 100));
    const small = call('s', 2);
    const smallDone = batcher.submit(small);
    expect(runs[0]!.rows).toHaveLength(8);
    runs.shift()!.finish();
    await manyTurns();
    // The large call has had its turn; the small one is whole; the rest goes to the large one again.
    expect(runs[0]!.rows).toEqual(['s0', 's1', 'L8', 'L9', 'L10', 'L11', 'L12', 'L13']);
    runs.shift()!.finish();
    await smallDone;
    expect(small.read).toEqual(['s0', 's1']);
    await finishAll();
    await large;
  });

  it('waits for company while a batch runs, but not beyond the delay', async () => {
    const batcher = createBatcher({ maxBatchDelayUs: 20_000 }, 2);
    const first = batcher.submit(call('a', 1));
    const second = batcher.submit(call('b', 1));
    const third = batcher.submit(call('c', 1));
    expect(runs).toHaveLength(1);
    await vi.waitUntil(() => runs.length > 1, { timeout: 150_000 });
    expect(runs.map(({ rows }) => rows)).toEqual([['a0'], ['b0', 'c0']]);
    await finishAll();
    await Promise.all([first, second, third]);
  });

  it('a full batch does not wait', async () => {
    const batcher = createBatcher({ maxBatchDelayUs: 1_000_000 }, 2);
    const done = [batcher.submit(call('a', 1)), batcher.submit(call('b', 5)), batcher.submit(call('c', 3))];
    expect(runs.map(({ rows }) => rows.length)).toEqual([1, 8]);
    await finishAll();
    await Promise.all(done);
  });

  it('a deadline that is near does not wait for the delay', async () => {
    const batcher = createBatcher({ maxBatchDelayUs: 600_000_000 }, 2);
    const first = batcher.submit(call('a', 1));
    const second = batcher.submit(call('b', 1, { deadlineMs: performance.now() + 2_000 }));
    await vi.waitFor(() => expect(runs).toHaveLength(2), { timeout: 150_000 });
    await finishAll();
    await Promise.all([first, second]);
  });

  it.each([
    ['a batch ends before the first deadline of the calls it can meet', 5, 10_000, 40],
    ['a deadline that cannot be met makes no batch smaller', 25, 5_000, 100],
    ['calls without a deadline fill the batch', 5, Infinity, 100],
  ])('%s', async (_name, hurriedCount, leftMs, rowCount) => {
    // At 200 ms per row, 80 % of 10 s are 40 rows.
    const clock = { nowMs: 0 };
    const pace = paceOn(clock);
    clock.nowMs = 20_000_000;
    pace.batchDone(100_000);
    const batcher = createBatcher({ maxBatchRows: 100 }, 1, pace);
    const first = batcher.submit(call('a', 1));
    const hurried = batcher.submit(call('b', hurriedCount, { deadlineMs: performance.now() + leftMs }));
    const large = batcher.submit(call('c', 200));
    runs.shift()!.finish();
    await manyTurns();
    // A busy machine takes a row or two of the time.
    expect(sent[1]!.rowCount).toBeGreaterThan(rowCount - 5);
    expect(sent[1]!.rowCount).toBeLessThanOrEqual(rowCount);
    await finishAll();
    await Promise.all([first, hurried, large]);
  });

  it('answers have their turns before the next batch is written', async () => {
    const batcher = createBatcher();
    const order: string[] = [];
    const first = batcher.submit(call('a', 1));
    const answer = async (): Promise<void> => {
      await first;
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
      order.push('answered');
    };
    const answered = answer();
    const second = batcher.submit({
      ...call('b', 1),
      writeRows: () => order.push('written'),
    });
    runs.shift()!.finish();
    await answered;
    await finishAll();
    await second;
    expect(order).toEqual(['answered', 'written']);
  });

  it('tells a late call at its deadline and never writes its rows', async () => {
    const batcher = createBatcher();
    const first = batcher.submit(call('a', 1));
    const late = batcher.submit(call('late', 4, { deadlineMs: performance.now() + 10 }));
    await expect(late).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringMatching(/: \d+ ms were left on admission, \d+ ms have passed since$/),
    });
    expect(waiting).toBe(0);
    await finishAll();
    await first;
    expect(sent).toHaveLength(1);
  });

  it('hears a cancel while rows wait and while they run', async () => {
    const batcher = createBatcher();
    const running = new AbortController();
    const queued = new AbortController();
    const first = batcher.submit(call('a', 1, { signal: running.signal }));
    const second = batcher.submit(call('b', 1, { signal: queued.signal }));
    queued.abort();
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' });
    running.abort();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    await finishAll();
    const third = batcher.submit(call('c', 1));
    await finishAll();
    await third;
  });

  it('a thousand calls that give up do not stay in the queue', async () => {
    const batcher = createBatcher();
    const first = batcher.submit(call('a', 1));
    const controller = new AbortController();
    const given = Array.from({ length: 1_000 }, () =>
      batcher.submit(call('x', 1, { signal: controller.signal })),
    );
    controller.abort();
    const outcomes = await Promise.allSettled(given);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    const last = call('z', 1);
    const done = batcher.submit(last);
    await finishAll();
    await Promise.all([first, done]);
    expect(waiting).toBe(0);
    expect(sent).toEqual([
      { rowCount: 1, callCount: 1 },
      { rowCount: 1, callCount: 1 },
    ]);
  });

  it('a failed run fails the calls in it, and no other', async () => {
    const batcher = createBatcher();
    const first = batcher.submit(call('a', 1));
    const second = batcher.submit(call('b', 1));
    runs.shift()!.fail(new PairstreamError('BACKEND_FAILED', 'broken'));
    await expect(first).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
    await finishAll();
    await expect(second).resolves.toMatchObject({});
  });

  it('a large call whose rows cannot be written takes no slot and no other call with it', async () => {
    const batcher = createBatcher();
    const first = batcher.submit(call('a', 1));
    const broken = batcher.submit(
      call('b', 100, {
        writeRows: () => {
          throw new Error('kernel');
        },
      }),
    );
    const gone = new AbortController();
    const cancelled = batcher.submit(call('c', 1, { signal: gone.signal }));
    gone.abort();
    const outcomes = Promise.allSettled([first, broken, cancelled]);
    await finishAll();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(waiting).toBe(0);
    const last = call('z', 1);
    const done = batcher.submit(last);
    await finishAll();
    await done;
    expect(last.read).toEqual(['z0']);
  });

  it('a deadline that passes while the program is busy is heard before rows are written', async () => {
    const batcher = createBatcher();
    const first = batcher.submit(call('a', 1));
    const late = batcher.submit(call('late', 4, { deadlineMs: performance.now() + 5 }));
    late.catch(() => undefined);
    // No timer fires meanwhile, as when features of another batch are being computed.
    const busyUntilMs = performance.now() + 10;
    while (performance.now() < busyUntilMs);
    runs.shift()!.finish();
    await first;
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await finishAll();
    expect(sent).toEqual([{ rowCount: 1, callCount: 1 }]);
    expect(waiting).toBe(0);
  });

  it('a call whose rows cannot be written fails alone', async () => {
    const batcher = createBatcher();
    const first = batcher.submit(call('a', 1));
    const bad = call('b', 1, {
      writeRows: () => {
        throw new Error('kernel');
      },
    });
    const second = batcher.submit(bad);
    const third = call('c', 1);
    const thirdDone = batcher.submit(third);
    const outcomes = Promise.allSettled([first, second, thirdDone]);
    await finishAll();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(second).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(waiting).toBe(0);
    expect(third.read).toEqual(['c0']);
  });

  describe('with a call that has less time than its batch', () => {
    it('answers the call from what is there, and the others after the run', async () => {
      const asked: number[] = [];
      const batcher = createBatcher({}, 1, undefined, (slot, rowCount) => {
        asked.push(rowCount);
        slot[0] = 'so far';
        return true;
      });
      const hurried = call('h', 1, { deadlineMs: performance.now() + 100 });
      const first = batcher.submit(call('f', 1));
      const answers = [batcher.submit(hurried), batcher.submit(call('p', 2))];
      runs[0]!.finish();
      await first;
      await answers[0];
      expect(hurried.read).toEqual(['so far']);
      expect(asked).toEqual([3]);
      runs[1]!.finish();
      await answers[1];
      expect(hurried.read).toEqual(['so far']);
    });

    it('lets the call be late if nothing is there', async () => {
      const batcher = createBatcher({}, 1, undefined, () => false);
      const first = batcher.submit(call('f', 1));
      const hurried = batcher.submit(call('h', 1, { deadlineMs: performance.now() + 100 }));
      const patient = batcher.submit(call('p', 1));
      runs[0]!.finish();
      await first;
      await expect(hurried).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      runs[1]!.finish();
      await patient;
    });

    it('reads the rows of each batch of a large call once', async () => {
      const batcher = createBatcher({ maxBatchRows: 4, maxBatchDelayUs: 50_000 }, 4, undefined, () => true);
      const first = batcher.submit(call('f', 1));
      const hurried = call('h', 3, { deadlineMs: performance.now() + 200 });
      const patient = call('p', 6);
      const answers = [batcher.submit(hurried), batcher.submit(patient)];
      // The hurried call has rows in the second and in the third batch, each time beside the patient one.
      expect(sent.slice(1, 3)).toEqual([
        { rowCount: 4, callCount: 2 },
        { rowCount: 4, callCount: 2 },
      ]);
      await answers[0];
      expect(hurried.read).toEqual(['h0', 'h1', 'h2']);
      for (const run of runs) run.finish();
      await Promise.all([first, answers[1]]);
      expect(patient.read).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
    });
  });
});

describe('Batcher with several callers', () => {
  /** A batch of a flood is in flight, more of its rows wait, and another caller has been seen. */
  async function flooded(slotCount: number): Promise<{ batcher: Batcher<Slot>; done: Promise<unknown>[] }> {
    const batcher = createBatcher({}, slotCount);
    const seen = batcher.submit(call('s', 1, { caller: 'small' }));
    await finishAll();
    await seen;
    const done = ['f', 'g', 'h'].map((name) => batcher.submit(call(name, 8, { caller: 'flood' })));
    return { batcher, done };
  }

  it.each([
    ['two slots', 2, [8, 2]],
    ['three slots', 3, [8, 8, 2]],
    ['one slot', 1, [8]],
  ])(
    'with %s, the last one is kept for a caller without rows in flight',
    async (_name, slotCount, inFlight) => {
      const { batcher, done } = await flooded(slotCount);
      const small = batcher.submit(call('s', 2, { caller: 'small' }));
      expect(runs.map(({ rows }) => rows.length)).toEqual(inFlight);
      await finishAll();
      await Promise.all([...done, small]);
    },
  );

  it('the rows of a flood wait for its batch in flight, and then go on', async () => {
    const { batcher, done } = await flooded(2);
    expect(runs.map(({ rows }) => rows[0])).toEqual(['f0']);
    runs.shift()!.finish();
    await manyTurns();
    expect(runs.map(({ rows }) => rows[0])).toEqual(['g0']);
    await finishAll();
    await Promise.all(done);
    expect(batcher.waitingCallerCount).toBe(0);
  });

  it('a flood alone uses all slots', async () => {
    const batcher = createBatcher({}, 2);
    const done = ['f', 'g', 'h'].map((name) => batcher.submit(call(name, 8, { caller: 'flood' })));
    expect(runs.map(({ rows }) => rows[0])).toEqual(['f0', 'g0']);
    await finishAll();
    await Promise.all(done);
  });

  it('a caller that cancels while its batch runs alone gives its slot back', async () => {
    const { batcher, done } = await flooded(2);
    const controller = new AbortController();
    const gone = batcher.submit(call('x', 2, { caller: 'gone', signal: controller.signal }));
    expect(runs).toHaveLength(2);
    controller.abort();
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' });
    runs.pop()!.finish();
    await manyTurns();
    const small = batcher.submit(call('s', 2, { caller: 'small' }));
    expect(runs.map(({ rows }) => rows[0])).toEqual(['f0', 's0']);
    await finishAll();
    await Promise.all([...done, small]);
  });

  it('a batch ends within the time of a shared batch', async () => {
    // 2 ms per row, of which 10 ms have 5.
    const batcher = createBatcher({ maxBatchRows: 100, maxSharedBatchMs: 10 }, 1, steadyPace());
    const done = [batcher.submit(call('a', 100, { caller: 'a' }))];
    expect(runs[0]!.rows).toHaveLength(100);
    done.push(batcher.submit(call('b', 100, { caller: 'b' })));
    runs.shift()!.finish();
    await manyTurns();
    expect(runs[0]!.rows).toHaveLength(5);
    await finishAll();
    await Promise.all(done);
  });
});
