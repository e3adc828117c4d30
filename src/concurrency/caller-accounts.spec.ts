import { describe, expect, it } from 'vitest';
import { CallerAccounts } from './caller-accounts.js';

describe('CallerAccounts', () => {
  it('calls of one caller share an account, calls of two callers do not', () => {
    const accounts = new CallerAccounts();
    const [first, second, other] = [accounts.open('a'), accounts.open('a'), accounts.open('b')];
    expect(first.caller).toBe(second.caller);
    expect(first).not.toBe(second);
    expect(other.caller).not.toBe(first.caller);
    expect(accounts.count).toBe(2);
  });

  it('a caller leaves nothing behind when its last call has ended', () => {
    const accounts = new CallerAccounts();
    const calls = [accounts.open('a'), accounts.open('a'), accounts.open('b')];
    accounts.close(calls[0]!);
    expect(accounts.count).toBe(2);
    accounts.close(calls[1]!);
    expect(accounts.count).toBe(1);
    accounts.close(calls[2]!);
    expect(accounts.count).toBe(0);
  });

  it('of 10,000 callers, those beyond the bound share one account', () => {
    const accounts = new CallerAccounts(100);
    const calls = Array.from({ length: 10_000 }, (_, i) => accounts.open(`caller ${i}`));
    expect(accounts.count).toBe(100);
    expect(new Set(calls.map(({ caller }) => caller)).size).toBe(101);
    const { caller: others } = calls.at(-1)!;
    expect(others).toMatchObject({ name: 'others', callCount: 9_900 });
    for (const call of calls) accounts.close(call);
    expect(accounts.count).toBe(0);
    expect(others.callCount).toBe(0);
    expect(accounts.open('caller 9999').caller).not.toBe(others);
  });

  it('a caller that is named like the shared account has its own', () => {
    const accounts = new CallerAccounts(1);
    const [named, beyond] = [accounts.open('others'), accounts.open('b')];
    expect(beyond.caller).not.toBe(named.caller);
    accounts.close(beyond);
    expect(accounts.count).toBe(1);
    accounts.close(named);
    expect(accounts.count).toBe(0);
  });
});
