import { describe, expect, it } from 'vitest';
import type { Outcome } from '../transport/outcome.js';
import { Tally } from './tally.js';

const TIMEOUT_MS = 100;

function answer(rung: string, scoredPairCount = 10, failedPairCount = 0, isMissingModels = false): Outcome {
  return { kind: 'answered', scoredPairCount, failedPairCount, rung, isMissingModels };
}

function refusal(status: string, reason?: string): Outcome {
  return { kind: 'refused', status, reason, retryAfterMs: undefined };
}

function tallyOf(
  outcomes: readonly (readonly [Outcome, number])[],
  bestRung: string | undefined = 'full',
): ReturnType<Tally['result']> {
  const tally = new Tally(TIMEOUT_MS, bestRung);
  outcomes.forEach(([outcome, afterMs], i) => {
    const message = { pairCount: i % 2 === 0 ? 10 : 20, caller: i % 3 };
    tally.arrive(message);
    tally.settle(message, outcome, afterMs);
  });
  return tally.result();
}

describe('Tally', () => {
  it.each<[string, Outcome, number, object]>([
    ['an answer in time', answer('full'), 100, { inTime: { messages: 1, pairs: 10 } }],
    ['an answer after the deadline', answer('full'), 100.5, { late: { messages: 1, pairs: 10 } }],
    ['failed pairs', answer('full', 8, 2), 1, { inTime: { messages: 1, pairs: 8 }, failedPairs: 2 }],
    [
      'a refusal with a reason',
      refusal('RESOURCE_EXHAUSTED', 'BUSY'),
      1,
      { refused: [{ status: 'RESOURCE_EXHAUSTED', reason: 'BUSY', messages: 1 }], latencyMs: null },
    ],
    [
      'a refusal without error details',
      refusal('DEADLINE_EXCEEDED'),
      1,
      { refused: [{ status: 'DEADLINE_EXCEEDED', reason: null, messages: 1 }] },
    ],
    [
      'a loss',
      { kind: 'lost', problem: 'the connection was closed' },
      1,
      { lost: 1, lostProblems: [{ problem: 'the connection was closed', messages: 1 }], refused: [] },
    ],
  ])('counts %s', (_name, outcome, afterMs, expected) => {
    expect(tallyOf([[outcome, afterMs]])).toMatchObject(expected);
  });

  it('counts refusals by status and reason, most frequent first', () => {
    const { refused, refusalMs } = tallyOf([
      [refusal('UNAVAILABLE', 'NOT_READY'), 1],
      [refusal('RESOURCE_EXHAUSTED', 'BUSY'), 2],
      [refusal('UNAVAILABLE', 'DEGRADED'), 3],
      [refusal('RESOURCE_EXHAUSTED', 'BUSY'), 4],
    ]);
    expect(refused).toEqual([
      { status: 'RESOURCE_EXHAUSTED', reason: 'BUSY', messages: 2 },
      { status: 'UNAVAILABLE', reason: 'NOT_READY', messages: 1 },
      { status: 'UNAVAILABLE', reason: 'DEGRADED', messages: 1 },
    ]);
    expect(refusalMs).toMatchObject({ count: 4, min: 1, max: 4 });
  });

  it.each([
    ['another rung than the best one', answer('stage2'), 'full', true],
    ['the best rung', answer('full', 10, 0, true), 'full', false],
    ['missing models, if the ladder is unknown', answer('stage2', 10, 0, true), undefined, true],
    ['all models, if the ladder is unknown', answer('stage2'), undefined, false],
  ])('calls an answer of %s degraded or not', (_name, outcome, bestRung, isDegraded) => {
    const tally = new Tally(Infinity, bestRung);
    tally.settle({ pairCount: 10, caller: 0 }, outcome, 1);
    expect(tally.result().rungs).toMatchObject([{ isDegraded, messages: 1, pairs: 10 }]);
  });

  it('counts by message size and by caller', () => {
    const { bySize, byCaller, arrived } = tallyOf(
      [1, 2, 3, 4, 5, 6].map((ms) => [ms === 6 ? refusal('UNAVAILABLE') : answer('full'), ms] as const),
    );
    expect(arrived).toEqual({ messages: 6, pairs: 90 });
    expect(bySize).toMatchObject([
      { pairsPerMessage: 10, sent: 3, inTime: 3, refused: 0, lost: 0 },
      { pairsPerMessage: 20, sent: 3, inTime: 2, refused: 1, lost: 0 },
    ]);
    expect(byCaller.map(({ caller, sent }) => [caller, sent])).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
  });
});
