import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors/catalogue.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { InferenceContext, InputMatrix, Matrix } from '../backends/backend.js';
import type { BatchSlot, Member } from './batch-slot.js';
import { Ensemble } from './ensemble.js';
import type { MemberWeights, Rung } from './ladder.js';
import type { Tower } from './model-input.js';

const NEVER = new AbortController().signal;
const CONTEXT = { deadlineMs: Infinity, signal: NEVER };
const FIRST = ['a', 'b', 'c', 'd'];
const ALL = [...FIRST, 'x', 'y'];
const ROWS = 3;
const PRIORS = Float64Array.of(0.01, 0.02, 0.03, 0.04);

/** What a model does instead of answering. */
type Act = (context: InferenceContext) => Promise<void>;

function failWith(code: ErrorCode): Act {
  return () => Promise.reject(new PairstreamError(code, `failed with ${code}`));
}

/** Gives no answer, and lets go when the time of the call is over: what a client of a server does that hangs. */
const hang: Act = async ({ deadlineMs }) => {
  await new Promise((resolve) => setTimeout(resolve, deadlineMs - performance.now() + 1));
  throw new PairstreamError('DEADLINE_EXCEEDED', 'no answer within the deadline');
};

/** One run of a model, with what it read of other members. */
interface Seen {
  readonly model: string;
  readonly columns: readonly number[];
}

/** What one member answers to one row; different for each. */
function answerOf(model: string, row: number): number[] {
  return [0, 1, 2, 3].map((t) => Math.fround((ALL.indexOf(model) + 1) / 10 + t / 100 + row / 1_000));
}

/** Two stages of models that answer constants, and do otherwise when they are told to. */
class Fixture {
  readonly acts = new Map<string, Act>();
  readonly wrong = new Map<string, number>();
  readonly seen: Seen[] = [];
  readonly reported: [string, ErrorCode][] = [];
  readonly ensemble: Ensemble;
  readonly slot: BatchSlot;

  constructor(rungs: readonly Rung[], mayMiss: Readonly<Record<string, number>> = { x: 2, y: 2 }) {
    const towers: Tower[] = [
      {
        name: 'tower',
        model: {
          metadata: {
            name: 'tower',
            version: '1',
            inputs: [],
            outputs: [],
            contentSha256: '',
            engine: 'test',
          },
          infer: async (_rowCount, _inputs, _outputs, context) => this.acts.get('tower')?.(context),
        },
        inputs: [{ tensor: 'tokens', datatype: 'INT32', ownWidth: 1, members: [] }],
        output: { tensor: 'vector', width: 1 },
      },
    ];
    const first = FIRST.map((name) => this.member(name, [], 0));
    const second = ['x', 'y'].map((name) => this.member(name, FIRST, mayMiss[name] ?? 0));
    this.ensemble = new Ensemble(
      { towers, stages: [first, second], rungs },
      {
        observer: {
          towerLookedUp: () => undefined,
          memberMissing: (member, { code }) => this.reported.push([member, code]),
        },
      },
    );
    this.slot = this.ensemble.createSlot(ROWS);
    this.slot.towers.get('tower')!.rowCount = 1;
  }

  break(names: readonly string[], act: Act = failWith('BACKEND_FAILED')): void {
    this.acts.clear();
    for (const name of names) this.acts.set(name, act);
  }

  async run(context: InferenceContext = CONTEXT): Promise<{ rung: string; missing: readonly string[] }> {
    this.seen.length = 0;
    await this.ensemble.run(this.slot, ROWS, context);
    const { rung, missing } = this.slot.outcome!;
    return { rung: rung.name, missing };
  }

  private member(name: string, members: string[], mayMiss: number): Member {
    const infer = async (
      rowCount: number,
      inputs: ReadonlyMap<string, InputMatrix>,
      outputs: ReadonlyMap<string, Matrix>,
      context: InferenceContext,
    ): Promise<void> => {
      const { data, width } = inputs.get('in')!;
      this.seen.push({ model: name, columns: [...data.subarray(1, width)] });
      await this.acts.get(name)?.(context);
      for (let row = 0; row < rowCount; row += 1) {
        const answer = answerOf(name, row);
        if (row === 1) answer[2] = this.wrong.get(name) ?? answer[2]!;
        outputs.get('out')!.data.set(answer, row * 4);
      }
    };
    const tower = name === 'd' ? { tower: 'tower' } : {};
    return {
      name,
      model: {
        metadata: { name, version: '1', inputs: [], outputs: [], contentSha256: '', engine: 'test' },
        infer,
      },
      inputs: [{ tensor: 'in', datatype: 'FP32', ownWidth: 1, members, ...tower }],
      output: { tensor: 'out', width: 4 },
      mayMiss,
    };
  }
}

function rung(name: string, mayMiss: number, weights: Record<string, number | MemberWeights>): Rung {
  const lists = Object.entries(weights).map(([model, own]): [string, MemberWeights] => [
    model,
    typeof own === 'number' ? [own, own, own, own] : own,
  ]);
  return { name, weights: new Map(lists), mayMiss, rce: null };
}

const MEAN = { a: 0.4, b: 0.3, c: 0.2, d: 0.1 };
const LADDER: readonly Rung[] = [
  rung('full', 0, { x: 0.75, y: 0.25 }),
  rung('stage2', 2, { x: 0.75, y: 0.25 }),
  rung('stage1_mean', 2, MEAN),
  rung('a_alone', 0, { a: 1 }),
  { ...rung('base_rates', 0, {}), baseRates: PRIORS },
];

/** The answer to a row by weights that need not sum to 1. */
function weighted(weights: Readonly<Record<string, number>>, row: number): number[] {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return [0, 1, 2, 3].map((t) =>
    Object.entries(weights).reduce((total, [name, weight]) => {
      const part = (weight / sum) * answerOf(name, row)[t]!;
      return total + part;
    }, 0),
  );
}

function expectAnswer({ slot }: Fixture, expected: (row: number) => ArrayLike<number>): void {
  for (let row = 0; row < ROWS; row += 1)
    for (let t = 0; t < 4; t += 1) expect(slot.probabilities[4 * row + t]).toBeCloseTo(expected(row)[t]!, 6);
}

describe('the degrade ladder', () => {
  it.each<[string[], string, string[], Record<string, number>]>([
    [[], 'full', [], { x: 0.75, y: 0.25 }],
    [['b'], 'stage2', ['b'], { x: 0.75, y: 0.25 }],
    [['b', 'd'], 'stage2', ['b', 'd'], { x: 0.75, y: 0.25 }],
    [['tower'], 'stage2', ['d'], { x: 0.75, y: 0.25 }],
    [['y'], 'stage2', ['y'], { x: 1 }],
    [['x', 'tower'], 'stage2', ['d', 'x'], { y: 1 }],
    [['x', 'y'], 'stage1_mean', ['x', 'y'], MEAN],
    [['b', 'x', 'y'], 'stage1_mean', ['b', 'x', 'y'], { a: 0.4, c: 0.2, d: 0.1 }],
    [['b', 'c', 'd'], 'a_alone', ['b', 'c', 'd', 'x', 'y'], { a: 1 }],
  ])('without %j answers at %s', async (broken, expected, missing, weights) => {
    const fixture = new Fixture(LADDER);
    fixture.break(broken);
    expect(await fixture.run()).toEqual({ rung: expected, missing });
    expectAnswer(fixture, (row) => weighted(weights, row));
    const used = [...fixture.slot.outcome!.weights].map(([name, [own]]) => [name, own]);
    const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
    expect(used).toEqual(Object.entries(weights).map(([name, own]) => [name, expect.closeTo(own / sum, 6)]));
    for (const name of missing)
      expect([...fixture.slot.means.get(name)!]).toEqual(Array(12).fill(Number.NaN));
    fixture.break([]);
    expect(await fixture.run()).toEqual({ rung: 'full', missing: [] });
    expectAnswer(fixture, (row) => weighted({ x: 0.75, y: 0.25 }, row));
  });

  it('answers with base rates when nobody is left', async () => {
    const fixture = new Fixture(LADDER);
    fixture.break(ALL, failWith('BACKEND_UNAVAILABLE'));
    expect(await fixture.run()).toEqual({ rung: 'base_rates', missing: ALL });
    expectAnswer(fixture, () => PRIORS);
    expect(fixture.reported).toEqual([...FIRST, 'x', 'y'].map((name) => [name, 'BACKEND_UNAVAILABLE']));
  });

  it('without base rates fails as the first model did, and runs no stage that cannot matter', async () => {
    const fixture = new Fixture(LADDER.slice(0, 4));
    fixture.break(['a', 'b', 'c'], failWith('BUSY'));
    await expect(fixture.run()).rejects.toMatchObject({ code: 'BUSY' });
    expect(fixture.seen.map(({ model }) => model)).toEqual(FIRST);
  });

  it('needs a weight left for every target', async () => {
    const uneven = rung('uneven', 1, { a: [1, 0, 1, 1], b: [0, 1, 0, 0] });
    const fixture = new Fixture([rung('full', 0, { a: 0.5, b: 0.5 }), uneven, rung('c', 0, { c: 1 })]);
    fixture.break(['b']);
    expect(await fixture.run()).toMatchObject({ rung: 'c' });
  });

  it.each<ErrorCode>(['INTERNAL', 'CANCELLED', 'INVALID_REQUEST'])(
    'is for failures of models, not for %s',
    async (code) => {
      const fixture = new Fixture(LADDER);
      fixture.break(['b'], failWith(code));
      await expect(fixture.run()).rejects.toMatchObject({ code });
    },
  );

  it('fails when the caller is gone, or the time of the whole batch is over', async () => {
    const fixture = new Fixture(LADDER);
    fixture.break(['b'], failWith('BACKEND_FAILED'));
    await expect(fixture.run({ deadlineMs: Infinity, signal: AbortSignal.abort() })).rejects.toThrow(
      'failed with BACKEND_FAILED',
    );
    fixture.break(['b'], failWith('DEADLINE_EXCEEDED'));
    const late = { deadlineMs: performance.now() - 1, signal: NEVER };
    await expect(fixture.run(late)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it.each([
    [['c'], 'stage2'],
    [['tower'], 'stage2'],
    [['x', 'y'], 'stage1_mean'],
  ])('keeps time to answer without %j that hang', async (hanging, expected) => {
    const fixture = new Fixture(LADDER);
    fixture.break(hanging, hang);
    const { rung: reached } = await fixture.run({ deadlineMs: performance.now() + 400, signal: NEVER });
    expect(reached).toBe(expected);
  });

  it('gives a blend, which can do without nobody, all of the time', async () => {
    const fixture = new Fixture([rung('full', 0, { x: 1 })]);
    let given = 0;
    fixture.break(['a'], ({ deadlineMs }) => {
      given = deadlineMs;
      return Promise.resolve();
    });
    const deadlineMs = performance.now() + 60_000;
    await fixture.run({ deadlineMs, signal: NEVER });
    expect(given).toBe(deadlineMs);
  });

  it('waits for a model that cannot be interrupted, and takes what it then answers', async () => {
    const fixture = new Fixture(LADDER);
    const { promise, resolve } = Promise.withResolvers<void>();
    let isSettled = false;
    fixture.break(['b'], () => promise);
    const run = fixture.run({ deadlineMs: performance.now() + 60_000, signal: NEVER }).finally(() => {
      isSettled = true;
    });
    await new Promise(setImmediate);
    expect(isSettled).toBe(false);
    resolve();
    expect(await run).toEqual({ rung: 'full', missing: [] });
  });

  it.each([7, -0.5, Number.NaN, Infinity])(
    'does not answer a row for which a model said %d, in the rungs that depend on it alone',
    async (value) => {
      const fixture = new Fixture(LADDER);
      fixture.wrong.set('b', value);
      await fixture.run();
      // Row 1 is not answered although x and y, which read the value, gave probabilities.
      expect(fixture.slot.probabilities[6]).toBe(value);
      expect(fixture.slot.probabilities[2]).toBeCloseTo(weighted({ x: 0.75, y: 0.25 }, 0)[2]!, 6);
      fixture.break(['x', 'y']);
      await fixture.run();
      expect(fixture.slot.probabilities[6]).toBe(value);
      const other = new Fixture([LADDER[0]!, LADDER[3]!]);
      other.wrong.set('b', value);
      other.break(['x', 'y']);
      expect(await other.run()).toMatchObject({ rung: 'a_alone' });
      expectAnswer(other, (row) => answerOf('a', row));
    },
  );

  it('tells beforehand what is left without models that are out', () => {
    const { ensemble } = new Fixture(LADDER);
    const rungWithout = (...models: string[]): string | undefined =>
      ensemble.outcomeWithout(new Set(models))?.rung.name;
    expect(rungWithout()).toBe('full');
    expect(rungWithout('tower')).toBe('stage2');
    expect(rungWithout('b', 'tower')).toBe('stage2');
    expect(rungWithout('b', 'c', 'tower')).toBe('a_alone');
    expect(rungWithout('a', 'b', 'c', 'tower')).toBe('base_rates');
  });
});

describe('running again without members', () => {
  it('runs what reads others, and keeps what those answered', async () => {
    const fixture = new Fixture(LADDER);
    await fixture.run();
    fixture.seen.length = 0;
    await fixture.ensemble.runWithout(fixture.slot, ROWS, new Set(['b', 'y']), CONTEXT);
    expect(fixture.seen.map(({ model }) => model)).toEqual(['x']);
    expect(fixture.seen[0]!.columns.map(Number.isNaN).indexOf(true)).toBe(4);
    expect(fixture.slot.outcome).toMatchObject({ rung: { name: 'stage2' }, missing: ['b', 'y'] });
    expectAnswer(fixture, (row) => answerOf('x', row));
    await fixture.ensemble.runWithout(fixture.slot, ROWS, new Set(), CONTEXT, LADDER[2]);
    expectAnswer(fixture, (row) => weighted(MEAN, row));
    await fixture.ensemble.runWithout(fixture.slot, ROWS, new Set(), CONTEXT);
    expect(fixture.seen.at(-1)!.columns.some(Number.isNaN)).toBe(false);
    expectAnswer(fixture, (row) => weighted({ x: 0.75, y: 0.25 }, row));
  });

  it('is refused where the rung cannot be answered', async () => {
    const { ensemble, slot } = new Fixture(LADDER);
    await ensemble.run(slot, ROWS, CONTEXT);
    await expect(ensemble.runWithout(slot, ROWS, new Set(['a']), CONTEXT, LADDER[3])).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: 'no rung can be answered without a',
    });
  });
});

describe('a model of the second stage', () => {
  it('never runs without more members than it may miss, and those that it misses are NaN, no others', async () => {
    const failures = fc.dictionary(
      fc.constantFrom(...ALL, 'tower'),
      fc.constantFrom<ErrorCode>('BACKEND_FAILED', 'BACKEND_UNAVAILABLE', 'BUSY', 'DEADLINE_EXCEEDED'),
    );
    const bounds = fc.record({ x: fc.nat(4), y: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(failures, bounds, async (broken, mayMiss) => {
        const fixture = new Fixture(LADDER, mayMiss);
        for (const [name, code] of Object.entries(broken)) fixture.acts.set(name, failWith(code));
        const { missing } = await fixture.run();
        const lost = FIRST.filter((name) => name in broken || (name === 'd' && 'tower' in broken));
        const ran = fixture.seen.filter(({ model }) => ['x', 'y'].includes(model));
        for (const { columns } of ran) {
          const isNaN = FIRST.map((_, i) => columns.slice(4 * i, 4 * i + 4).map(Number.isNaN));
          expect(isNaN).toEqual(FIRST.map((name) => Array(4).fill(lost.includes(name))));
        }
        const able = (['x', 'y'] as const).filter((name) => lost.length <= mayMiss[name]);
        expect(ran.map(({ model }) => model)).toEqual(able);
        const silent = ['x', 'y'].filter((name) => name in broken || !able.some((other) => other === name));
        expect(missing).toEqual([...lost, ...silent]);
      }),
      { numRuns: 300 },
    );
  });
});
