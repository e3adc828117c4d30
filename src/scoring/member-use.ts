import { readsOf } from '../ensemble/batch-slot.js';
import type { EnsembleDefinition } from '../ensemble/ensemble.js';
import type { BatchOutcome } from '../ensemble/ladder.js';

/**
 * Use of a model in an answer:
 * - `weighted`: its probabilities enter the weighted sum; its weight may be 0 for some targets, not for all;
 * - `input`: it has no weight, but a weighted model reads it, directly or through other models;
 * - `none`: the answer does not depend on it;
 * - `missing`: it gave no answer.
 */
export type MemberUse = 'weighted' | 'input' | 'none' | 'missing';

/** Use of every model, by name. @param outcome undefined if no pair was scored: every model is `none` */
export function memberUses(
  { stages }: EnsembleDefinition,
  outcome: BatchOutcome | undefined,
): ReadonlyMap<string, MemberUse> {
  const members = stages.flat();
  const missing = new Set(outcome?.missing);
  const weighted = new Set(
    members
      .map(({ name }) => name)
      .filter((name) => outcome?.weights.get(name)?.some((weight) => weight !== 0) === true),
  );
  const read = new Set<string>();
  // Models read earlier models only, so one pass from the last to the first also finds indirect reads.
  for (const member of members.toReversed())
    if (!missing.has(member.name) && (weighted.has(member.name) || read.has(member.name)))
      for (const name of readsOf(member)) read.add(name);
  return new Map(
    members.map(({ name }): [string, MemberUse] => {
      if (missing.has(name)) return [name, 'missing'];
      if (weighted.has(name)) return [name, 'weighted'];
      return [name, read.has(name) ? 'input' : 'none'];
    }),
  );
}
