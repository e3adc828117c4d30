import { describe, expect, it } from 'vitest';
import { CallerAccounts } from '../concurrency/caller-accounts.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { Admission, type Admitted, type RefusalReason } from './admission.js';

const BOUNDS = { maxInFlightPairs: 1_000, maxQueueMs: 5_000, maxPairsPerStream: 600 };

/** A request of a call, and the reason of its refusal; undefined: admitted. */
type Step = readonly [call: string, pairCount: number, refusal?: RefusalReason];

/** Admits requests; of a call `f1`, the caller is `f`. */
class Callers {
  readonly refusals: RefusalReason[] = [];
  readonly accounts = new CallerAccounts();
  readonly admission = new Admission(BOUNDS, () => undefined, {
    inFlightPairs: () => undefined,
    requestRefused: (reason) => this.refusals.push(reason),
  });
  private readonly calls = new Map<string, ReturnType<CallerAccounts['open']>>();

  enter(name: string, pairCount: number): Admitted | PairstreamError {
    const call = this.calls.get(name) ?? this.accounts.open(name[0]!);
    this.calls.set(name, call);
    try {
      return this.admission.enter(pairCount, Infinity, 0, call);
    } catch (error) {
      return PairstreamError.from(error);
    }
  }
}

describe('Admission of several callers', () => {
  it.each<[string, readonly Step[]]>([
    [
      'a caller alone may have everything',
      [
        ['f1', 500],
        ['f2', 500],
      ],
    ],
    [
      'a caller alone may not have more',
      [
        ['f1', 500],
        ['f2', 500],
        ['f3', 1, 'in_flight'],
      ],
    ],
    [
      'one stream may not have more than a stream',
      [
        ['f1', 500],
        ['f1', 101, 'stream'],
        ['f1', 100],
      ],
    ],
    ['a stream without pairs in flight may send any request', [['f1', 1_000]]],
    [
      'many small requests of a flood leave room',
      [
        ['s1', 10],
        ...Array.from({ length: 4 }, (_, i) => [`f${i}`, 100] as const),
        ['f5', 191, 'caller'],
        ['f5', 190],
        ['f6', 1, 'caller'],
        ['s1', 100],
      ],
    ],
    [
      'a huge request of a flood is its only one',
      [
        ['s1', 10],
        ['f1', 600],
        ['f2', 10, 'caller'],
        ['s1', 300],
      ],
    ],
    [
      'a caller without pairs in flight may send any request that fits',
      [
        ['s1', 10],
        ['f1', 900],
        ['t1', 91, 'in_flight'],
        ['t1', 90],
      ],
    ],
    [
      'two floods have a third each',
      [
        ['f1', 300],
        ['g1', 300],
        ['f2', 101, 'caller'],
        ['f2', 34],
        ['g2', 34],
        ['f3', 50, 'caller'],
        ['g3', 50, 'caller'],
        ['s1', 300],
      ],
    ],
  ])('%s', (_name, steps) => {
    const callers = new Callers();
    const outcomes = steps.map(([call, pairCount]): Step => {
      const before = callers.refusals.length;
      callers.enter(call, pairCount);
      const refusal = callers.refusals[before];
      return refusal === undefined ? [call, pairCount] : [call, pairCount, refusal];
    });
    expect(outcomes).toEqual(steps);
  });

  it('a refusal names the budget, the caller and a delay', () => {
    const callers = new Callers();
    callers.enter('s1', 10);
    callers.enter('f1', 600);
    const refusal = callers.enter('f2', 10);
    expect(refusal).toMatchObject({ code: 'BUSY', retryAfterMs: expect.any(Number) });
    expect((refusal as PairstreamError).message).toMatch(
      /^600 pairs of caller f are in flight .*\(PAIRSTREAM_MAX_IN_FLIGHT_PAIRS\)$/,
    );
  });

  it('pairs that have left are free again, for the caller and its stream', () => {
    const callers = new Callers();
    callers.enter('s1', 10);
    const admitted = callers.enter('f1', 600) as Admitted;
    expect(callers.enter('f1', 100)).toMatchObject({ code: 'BUSY' });
    callers.admission.leave(admitted, 1);
    expect(admitted.call).toMatchObject({ pairCount: 0, caller: { pairCount: 0 } });
    expect(callers.enter('f1', 100)).toMatchObject({ pairCount: 100 });
  });
});
