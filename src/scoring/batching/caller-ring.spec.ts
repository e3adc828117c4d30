import { describe, expect, it } from 'vitest';
import { CallerRing, type RingMember } from './caller-ring.js';

class Member implements RingMember<Member> {
  previous: Member | undefined;
  next: Member | undefined;
  constructor(readonly name: string) {}
}

type Step = `+${string}` | `-${string}` | 'rotate';

function ringAfter(steps: readonly Step[]): CallerRing<Member> {
  const ring = new CallerRing<Member>();
  const members = new Map<string, Member>();
  for (const step of steps) {
    const name = step.slice(1);
    if (step === 'rotate') ring.rotate();
    else if (step.startsWith('+')) {
      const member = new Member(name);
      members.set(name, member);
      ring.append(member);
    } else ring.remove(members.get(name)!);
  }
  return ring;
}

describe('CallerRing', () => {
  it.each<[string, readonly Step[], string]>([
    ['is empty at first', [], ''],
    ['has members in the order of arrival', ['+a', '+b', '+c'], 'abc'],
    ['a turn passes on', ['+a', '+b', '+c', 'rotate'], 'bca'],
    ['a turn passes around', ['+a', '+b', 'rotate', 'rotate', 'rotate'], 'ba'],
    ['a new member comes behind all others', ['+a', '+b', 'rotate', '+c'], 'bac'],
    ['the first member leaves', ['+a', '+b', '+c', '-a'], 'bc'],
    ['the last member leaves', ['+a', '+b', '+c', '-c'], 'ab'],
    ['a member between others leaves', ['+a', '+b', '+c', '-b'], 'ac'],
    ['all leave', ['+a', '+b', '-b', '-a'], ''],
    ['a member that has left leaves again', ['+a', '+b', '-b', '-b'], 'a'],
    ['an empty ring fills again', ['+a', '-a', 'rotate', '+b', '+c'], 'bc'],
  ])('%s', (_name, steps, names) => {
    const ring = ringAfter(steps);
    expect([...ring].map(({ name }) => name).join('')).toBe(names);
    expect(ring.count).toBe(names.length);
    expect(ring.first?.name).toBe(names[0]);
  });
});
