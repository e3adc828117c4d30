/** Weights of a member in the answer, by target: reply, retweet, quote, like. */
export type MemberWeights = readonly [number, number, number, number];

/** A way to answer: some members by weight, or base rates. */
export interface Rung {
  readonly name: string;
  /** Sum to 1 per target; empty when base rates answer. */
  readonly weights: ReadonlyMap<string, MemberWeights>;
  /** So many of its weighted members, and of the members that those read, may be missing. */
  readonly mayMiss: number;
  /** Probabilities that answer for every row, by target; members do when it is undefined. */
  readonly baseRates?: ArrayLike<number>;
  /** Measured mean relative cross entropy, percent; null until it is measured. */
  readonly rce: number | null;
}

/** How a batch was answered. */
export interface BatchOutcome {
  readonly rung: Rung;
  /** Place of the rung in the ladder; 0 is the best. */
  readonly level: number;
  /** Members that gave no answer, in the order of the stages. */
  readonly missing: readonly string[];
  /** Weights as used: those of the rung, renormalised over the members that answered. */
  readonly weights: ReadonlyMap<string, MemberWeights>;
  /** Members that answered and that the answer depends on: those with a weight, and those that they read. */
  readonly sources: readonly string[];
}

/** A member as a ladder sees it. */
export interface LadderMember {
  readonly name: string;
  /** Earlier members that it reads. */
  readonly reads: readonly string[];
}

/** The rungs of a pipeline, best first, and which of them is left when members are missing. */
export class Ladder {
  private readonly names: readonly string[];
  private readonly readsOf: ReadonlyMap<string, readonly string[]>;
  /** By rung: every member that its answer depends on. */
  private readonly scopes: readonly ReadonlySet<string>[];
  /** What most batches come to. */
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

  /** Whether some answer can do without a member; then time is kept for it. */
  get canDegrade(): boolean {
    return this.rungs.length > 1 || this.rungs.some(({ mayMiss }) => mayMiss > 0);
  }

  /**
   * The best rung that can be answered.
   * @param missing members that gave no answer
   * @param only the one rung that is wanted, when it is not to be the best
   * @returns undefined when none can
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

  /** Some members, what they read, what those read, and so on; without those that are missing. */
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

/** The weights of those that answered, made to sum to 1 again; undefined when nothing is left for some target. */
function remainingWeights(
  { weights }: Rung,
  missing: ReadonlySet<string>,
): ReadonlyMap<string, MemberWeights> | undefined {
  const left = [...weights].filter(([name]) => !missing.has(name));
  // As they were given: dividing by a sum of nearly 1 would change answers that miss nothing.
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
