/** Weights of a member in the answer, by target: reply, retweet, quote, like. */
export type MemberWeights = readonly [number, number, number, number];

/** One way to form the answer: a weighted mean of members, or base rates. */
export interface Rung {
  readonly name: string;
  /** Weights by member; they sum to 1 per target. Empty for base rates. */
  readonly weights: ReadonlyMap<string, MemberWeights>;
  /** Maximum number of missing members, among the weighted members and all members that they read. */
  readonly mayMiss: number;
  /** Probabilities by target, the same for every row. Undefined if members answer. */
  readonly baseRates?: ArrayLike<number>;
  /** Measured mean relative cross entropy in percent; null if not measured. */
  readonly rce: number | null;
}

/** Rung, missing members and weights of a batch's answer. */
export interface BatchOutcome {
  readonly rung: Rung;
  /** Position of the rung in the ladder; 0 is the best. */
  readonly level: number;
  /** Members that gave no answer, in the order of the stages. */
  readonly missing: readonly string[];
  /** Weights of the rung, renormalised over the members that answered. */
  readonly weights: ReadonlyMap<string, MemberWeights>;
  /** Members that the answer depends on: members with a weight, and the members that they read, without missing ones. */
  readonly sources: readonly string[];
}

/** Name of a member and the members that it reads. */
export interface LadderMember {
  readonly name: string;
  /** Members of earlier stages that this member reads. */
  readonly reads: readonly string[];
}

/** Rungs of a pipeline, best first. Finds the best rung for a set of missing members. */
export class Ladder {
  private readonly names: readonly string[];
  private readonly readsOf: ReadonlyMap<string, readonly string[]>;
  /** Members that the answer depends on, by rung. */
  private readonly scopes: readonly ReadonlySet<string>[];
  /** Outcome without missing members, computed once because most batches have it. */
  private readonly whole: BatchOutcome | undefined;

  /** @param members in the order of the stages */
  constructor(
    readonly rungs: readonly Rung[],
    readonly members: readonly LadderMember[],
  ) {
    this.names = members.map(({ name }) => name);
    this.readsOf = new Map(members.map(({ name, reads }) => [name, reads]));
    this.scopes = rungs.map(({ weights }) => this.scopeOf(weights.keys(), new Set()));
    this.whole = this.find(new Set(), rungs);
  }

  /** True if some rung tolerates a missing member. Stages then leave time for a lower rung. */
  get canDegrade(): boolean {
    return this.rungs.length > 1 || this.rungs.some(({ mayMiss }) => mayMiss > 0);
  }

  /**
   * Outcome at the best rung that is left.
   * @param missing members that gave no answer
   * @param only considers this rung alone; default: all rungs
   * @returns undefined if no rung is left
   */
  outcomeWithout(missing: ReadonlySet<string>, only?: Rung): BatchOutcome | undefined {
    if (only === undefined) return missing.size === 0 ? this.whole : this.find(missing, this.rungs);
    return this.find(missing, [only]);
  }

  private find(missing: ReadonlySet<string>, candidates: readonly Rung[]): BatchOutcome | undefined {
    for (const rung of candidates) {
      const level = this.rungs.indexOf(rung);
      const lost = [...this.scopes[level]!].filter((name) => missing.has(name));
      if (lost.length > rung.mayMiss) continue;
      const weights = rung.baseRates === undefined ? remainingWeights(rung, missing) : rung.weights;
      if (weights === undefined) continue;
      const sources = this.scopeOf(weights.keys(), missing);
      return {
        rung,
        level,
        missing: this.names.filter((name) => missing.has(name)),
        weights,
        sources: this.names.filter((name) => sources.has(name)),
      };
    }
    return undefined;
  }

  /** Members with all members that they read, directly or not, without the missing ones. */
  private scopeOf(members: Iterable<string>, missing: ReadonlySet<string>): ReadonlySet<string> {
    const scope = new Set<string>();
    const left = [...members];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (scope.has(name) || missing.has(name)) continue;
      scope.add(name);
      left.push(...(this.readsOf.get(name) ?? []));
    }
    return scope;
  }
}

/** Weights of the members that answered, renormalised to sum to 1; undefined if they sum to 0 for some target. */
function remainingWeights(
  { weights }: Rung,
  missing: ReadonlySet<string>,
): ReadonlyMap<string, MemberWeights> | undefined {
  const left = [...weights].filter(([name]) => !missing.has(name));
  // Unchanged weights: dividing by a sum of almost 1 would change answers without missing members.
  if (left.length === weights.size) return weights;
  const sumOf = (target: 0 | 1 | 2 | 3): number => left.reduce((sum, [, own]) => sum + own[target], 0);
  const sums: MemberWeights = [sumOf(0), sumOf(1), sumOf(2), sumOf(3)];
  if (sums.some((sum) => sum === 0)) return undefined;
  return new Map(
    left.map(([name, own]) => [
      name,
      [own[0] / sums[0], own[1] / sums[1], own[2] / sums[2], own[3] / sums[3]],
    ]),
  );
}
