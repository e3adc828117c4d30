import { readsOf } from '../../ensemble/batch-slot.js';
import type { EnsembleDefinition } from '../../ensemble/ensemble.js';
import type { Rung } from '../../ensemble/ladder.js';

/** A rung, and models that are missing from what its own models read. */
export interface LadderChoice {
  readonly rung: Rung;
  readonly missing: readonly string[];
}

/**
 * For every rung whose models read others and may run without some: every choice of as many missing models as the rung and
 * its models allow.
 */
export function ladderChoices({ rungs, stages }: EnsembleDefinition): LadderChoice[] {
  const members = stages.flat();
  return rungs.flatMap((rung) => {
    const weighed = members.filter(({ name }) => rung.weights.has(name));
    const read = [...new Set(weighed.flatMap(readsOf))].toSorted();
    const missingCount = Math.min(rung.mayMiss, ...weighed.map(({ mayMiss }) => mayMiss ?? 0));
    if (read.length === 0 || missingCount === 0) return [];
    return choicesOf(read, missingCount).map((missing) => ({ rung, missing }));
  });
}

/** Every choice of `count` names, in their order. */
function choicesOf(names: readonly string[], count: number): string[][] {
  if (count === 0) return [[]];
  return names.flatMap((name, i) =>
    choicesOf(names.slice(i + 1), count - 1).map((others) => [name, ...others]),
  );
}
