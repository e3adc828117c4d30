import { expect, it } from 'vitest';
import { Turns } from './turns.js';

it('steps run one after another, whether they fail or not', async () => {
  const turns = new Turns();
  const events: string[] = [];
  const step = (name: string, isFailing: boolean) => async (): Promise<string> => {
    events.push(`begin ${name}`);
    await new Promise(setImmediate);
    events.push(`end ${name}`);
    if (isFailing) throw new Error(name);
    return name;
  };
  const results = await Promise.allSettled([
    turns.take(step('a', false)),
    turns.take(step('b', true)),
    turns.take(step('c', false)),
  ]);
  expect(results).toMatchObject([
    { value: 'a' },
    { status: 'rejected', reason: { message: 'b' } },
    { value: 'c' },
  ]);
  expect(events).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
});

it('runs as many steps at once as it was told, and the next when one ends', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const steps = gates.map(({ promise }, i) =>
    turns.take(async () => {
      begun.push(i);
      await promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  gates[1]!.resolve();
  await steps[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await Promise.all(steps);
});
