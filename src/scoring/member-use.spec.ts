import { describe, expect, it } from 'vitest';
import type { Member } from '../ensemble/batch-slot.js';
import type { BatchOutcome, MemberWeights } from '../ensemble/ladder.js';
import { memberUses } from './member-use.js';

function member(name: string, ...members: string[]): Member {
  const input = { tensor: 'in', datatype: 'FP32', ownWidth: 1, members, source: undefined } as unknown;
  return { name, inputs: [input as Member['inputs'][number]] } as unknown as Member;
}

/** Three models, one that reads two of them, and one that reads this one and another. */
const STAGES = [[member('a'), member('b'), member('c')], [member('x', 'a', 'b')], [member('y', 'x', 'c')]];
const ZERO: MemberWeights = [0, 0, 0, 0];

function outcome(weights: Record<string, MemberWeights>, missing: readonly string[] = []): BatchOutcome {
  const rung = { name: 'r', weights: new Map(), mayMiss: 0, rce: null };
  return { rung, level: 0, missing, weights: new Map(Object.entries(weights)), sources: [] };
}

function usesOf(found: BatchOutcome | undefined): string {
  const uses = memberUses({ towers: [], stages: STAGES, rungs: [] }, found);
  return [...uses].map(([name, use]) => `${name} ${use}`).join(', ');
}

describe('memberUses', () => {
  it.each<[string, BatchOutcome | undefined, string]>([
    ['the last weighs', outcome({ y: [1, 1, 1, 1] }), 'a input, b input, c input, x input, y weighted'],
    ['the middle weighs', outcome({ x: [1, 1, 1, 1] }), 'a input, b input, c none, x weighted, y none'],
    [
      'the first ones weigh',
      outcome({ a: [0.5, 1, 1, 1], b: [0.5, 0, 0, 0] }),
      'a weighted, b weighted, c none, x none, y none',
    ],
    [
      'a member that weighs is also read',
      outcome({ a: [1, 0, 0, 0], x: [0, 1, 1, 1] }),
      'a weighted, b input, c none, x weighted, y none',
    ],
    [
      'a weight of 0 for one target',
      outcome({ c: [1, 1, 1, 0], x: [0, 0, 0, 1] }),
      'a input, b input, c weighted, x weighted, y none',
    ],
    [
      'a weight of 0 for all',
      outcome({ a: [1, 1, 1, 1], c: ZERO, y: ZERO }),
      'a weighted, b none, c none, x none, y none',
    ],
    [
      'a negative weight',
      outcome({ a: [2, 2, 2, 2], c: [-1, -1, -1, -1] }),
      'a weighted, b none, c weighted, x none, y none',
    ],
    [
      'an input is missing',
      outcome({ y: [1, 1, 1, 1] }, ['b']),
      'a input, b missing, c input, x input, y weighted',
    ],
    [
      'what the last reads through is missing',
      outcome({ y: [1, 1, 1, 1] }, ['x']),
      'a none, b none, c input, x missing, y weighted',
    ],
    [
      'base rates',
      outcome({}, ['a', 'b', 'c', 'x', 'y']),
      'a missing, b missing, c missing, x missing, y missing',
    ],
    ['base rates with members left', outcome({}, ['x', 'y']), 'a none, b none, c none, x missing, y missing'],
    ['no pair was scored', undefined, 'a none, b none, c none, x none, y none'],
  ])('%s', (_name, found, expected) => {
    expect(usesOf(found)).toBe(expected);
  });
});
