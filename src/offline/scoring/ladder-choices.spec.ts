import { describe, expect, it } from 'vitest';
import type { ModelHandle } from '../../backends/backend.js';
import type { Member } from '../../ensemble/batch-slot.js';
import type { MemberWeights, Rung } from '../../ensemble/ladder.js';
import { ladderChoices } from './ladder-choices.js';

const model: ModelHandle = {
  metadata: { name: 'm', version: '1', contentSha256: '', engine: 'test', inputs: [], outputs: [] },
  infer: () => Promise.resolve(),
};

function member(name: string, members: string[] = [], mayMiss = 0): Member {
  const input = { tensor: 'in', datatype: 'FP32', ownWidth: 1, members } as const;
  return { name, model, inputs: [input], output: { tensor: 'out', width: 4 }, mayMiss };
}

function rung(name: string, models: string[], mayMiss: number): Rung {
  const weight: MemberWeights = [1, 1, 1, 1];
  return { name, weights: new Map(models.map((each) => [each, weight])), mayMiss, rce: null };
}

function missingOf(rungs: Rung[], second: Member[]): string[] {
  const first = [member('a'), member('b'), member('c')];
  const choices = ladderChoices({ towers: [], stages: [first, second], rungs });
  return choices.map(({ rung: { name }, missing }) => `${name}: ${missing.join(' ')}`);
}

describe('choices of a ladder', () => {
  const readers = [member('x', ['c', 'a'], 2), member('y', ['b', 'a'], 1)];

  it('are every choice of as many missing models as rung and models allow', () => {
    expect(missingOf([rung('two', ['x'], 2)], readers)).toEqual(['two: a c']);
    expect(missingOf([rung('one', ['x'], 1)], readers)).toEqual(['one: a', 'one: c']);
    // y runs without one of its models at most.
    expect(missingOf([rung('both', ['x', 'y'], 2)], readers)).toEqual(['both: a', 'both: b', 'both: c']);
  });

  it('are none for a rung that may miss none, or whose models read none', () => {
    expect(missingOf([rung('whole', ['x'], 0), rung('first', ['a', 'b'], 1)], readers)).toEqual([]);
    expect(missingOf([rung('strict', ['x'], 1)], [member('x', ['a', 'b'], 0)])).toEqual([]);
  });
});
