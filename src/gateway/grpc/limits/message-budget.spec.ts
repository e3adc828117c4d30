import { describe, expect, it } from 'vitest';
import { CallerAccounts } from '../../../concurrency/caller-accounts.js';
import { MessageBudget } from './message-budget.js';

const MIB = 2 ** 20;
const LIMIT = 64 * MIB;

/** Bytes that a caller receives, and whether they are refused. */
type Step = readonly [caller: string, mib: number, isRefused?: true];

describe('MessageBudget', () => {
  it.each<[string, readonly Step[]]>([
    ['a caller alone may hold the part of large calls', [['f', 48]]],
    [
      'beside others, a caller may hold as much as is free',
      [
        ['s', 1],
        ['f', 20],
        ['f', 24, true],
        ['f', 23],
        ['f', 1, true],
        ['s', 4],
      ],
    ],
    [
      'one huge message of a flood',
      [
        ['s', 1],
        ['f', 40],
        ['f', 1, true],
        ['s', 4],
      ],
    ],
    [
      'a small caller beside two floods',
      [
        ['f', 20],
        ['g', 20],
        ['f', 5, true],
        ['g', 5, true],
        ['s', 0.125],
        ['s', 0.125],
      ],
    ],
  ])('%s', (_name, steps) => {
    const budget = new MessageBudget(LIMIT);
    const accounts = new CallerAccounts();
    const outcomes = steps.map(([caller, mib]): Step => {
      const { caller: account } = accounts.open(caller);
      try {
        budget.take(mib * MIB, 0, account);
        return [caller, mib];
      } catch {
        return [caller, mib, true];
      }
    });
    expect(outcomes).toEqual(steps);
  });

  it('names the caller and the setting', () => {
    const budget = new MessageBudget(LIMIT);
    const accounts = new CallerAccounts();
    budget.take(1, 0, accounts.open('192.0.2.1').caller);
    const { caller } = accounts.open('192.0.2.2');
    budget.take(40 * MIB, 0, caller);
    expect(() => budget.take(MIB, 0, caller)).toThrow(
      /^messages of caller 192\.0\.2\.2 hold 41943040 bytes .*\(PAIRSTREAM_MAX_BUFFERED_MESSAGE_BYTES\); try again in 200 ms$/,
    );
  });

  it('a caller that gives everything back holds nothing', () => {
    const budget = new MessageBudget(LIMIT);
    const { caller } = new CallerAccounts().open('f');
    budget.take(30 * MIB, 0, caller);
    expect(() => budget.take(LIMIT, 0, caller)).toThrow('received messages hold');
    expect(caller.byteCount).toBe(30 * MIB);
    budget.give(30 * MIB, caller);
    expect(caller.byteCount).toBe(0);
    expect(budget.heldBytes).toBe(0);
  });
});
