import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RunTurns } from './run-turns.js';

/** Signals of batches: two runs of the same batch share one. */
const batches = { first: new AbortController().signal, second: new AbortController().signal };

function takeTurns(names: readonly [keyof typeof batches, string][]): {
  readonly begun: string[];
  readonly done: Promise<unknown>;
} {
  const turns = new RunTurns();
  const begun: string[] = [];
  const runs = names.map(([batch, name]) =>
    turns.take(batches[batch], async () => {
      begun.push(name);
      await nextTurn();
      if (name === 'fails') throw new Error(name);
      return name;
    }),
  );
  return { begun, done: Promise.allSettled(runs) };
}

describe('RunTurns', () => {
  it('one run begins at a time', async () => {
    const { begun, done } = takeTurns([
      ['first', 'a'],
      ['first', 'b'],
      ['first', 'c'],
    ]);
    expect(begun).toEqual(['a']);
    await done;
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('the oldest batch comes first, and its runs in their order', async () => {
    const { begun, done } = takeTurns([
      ['first', 'a'],
      ['second', 'x'],
      ['second', 'y'],
      ['first', 'b'],
      ['first', 'c'],
    ]);
    await done;
    expect(begun).toEqual(['a', 'b', 'c', 'x', 'y']);
  });

  it('a run that fails passes its turn on, and is told', async () => {
    const { begun, done } = takeTurns([
      ['first', 'fails'],
      ['first', 'b'],
    ]);
    expect(await done).toMatchObject([
      { status: 'rejected', reason: { message: 'fails' } },
      { status: 'fulfilled', value: 'b' },
    ]);
    expect(begun).toEqual(['fails', 'b']);
  });

  it('a run that throws at once passes its turn on', async () => {
    const turns = new RunTurns();
    const thrown = turns.take(batches.first, () => {
      throw new Error('at once');
    });
    await expect(thrown).rejects.toThrow('at once');
    await expect(turns.take(batches.first, () => Promise.resolve(1))).resolves.toBe(1);
  });
});
