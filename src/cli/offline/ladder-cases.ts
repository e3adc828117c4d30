import type { Ensemble } from '../../ensemble/ensemble.js';
import type { Rung } from '../../ensemble/ladder.js';

/** Members that are missing, and the rung that answers then. */
export interface LadderCase {
  readonly name: string;
  readonly rung: Rung;
  readonly missing: readonly string[];
}

/**
 * Cases of a ladder to measure: every rung without missing models (of rungs with equal answers the first), each model missing,
 * and each pair of models that other models read, if the remaining rung may miss two. Cases without an answer are left out.
 */
export function ladderCases(ensemble: Ensemble): LadderCase[] {
  const { rungs, members } = ensemble.ladder;
  const whole = rungs
    .filter((rung, i) => rungs.findIndex((earlier) => isSameAnswer(earlier, rung)) === i)
    .map((rung) => ({ name: rung.name, rung, missing: [] }));
  const caseWithout = (missing: readonly string[]): LadderCase[] => {
    const outcome = ensemble.outcomeWithout(new Set(missing));
    if (outcome === undefined) return [];
    return [{ name: `without ${missing.join(', ')}`, rung: outcome.rung, missing }];
  };
  const feeding = members.filter(({ name }) => members.some(({ reads }) => reads.includes(name)));
  const pairs = feeding.flatMap(({ name }, i) => feeding.slice(i + 1).map((other) => [name, other.name]));
  return [
    ...whole,
    ...members.flatMap(({ name }) => caseWithout([name])),
    ...pairs.flatMap(caseWithout).filter(({ rung }) => rung.mayMiss >= 2),
  ];
}

function isSameAnswer(a: Rung, b: Rung): boolean {
  if (a.baseRates !== b.baseRates || a.weights.size !== b.weights.size) return false;
  return [...a.weights].every(([name, weights]) =>
    weights.every((weight, t) => weight === b.weights.get(name)?.[t]),
  );
}
