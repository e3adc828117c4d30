import type { RandomSource } from './seeded-random.js';

/** Draws one of several items at random, each with its share. */
export class WeightedChoice<T> {
  private readonly bounds: readonly { readonly item: T; readonly upTo: number }[];
  private readonly last: T;

  /**
   * @param items at least one; weights are positive and need not sum to 1
   * @throws RangeError for no items, or a weight that is not positive and finite
   */
  constructor(items: readonly { readonly item: T; readonly weight: number }[]) {
    const sum = items.reduce((total, { weight }) => total + weight, 0);
    const last = items.at(-1);
    if (last === undefined || items.some(({ weight }) => !(weight > 0 && weight < Infinity)))
      throw new RangeError('a weighted choice needs items with positive, finite weights');
    let upTo = 0;
    this.bounds = items.map(({ item, weight }) => ({ item, upTo: (upTo += weight / sum) }));
    this.last = last.item;
  }

  /** The next item. */
  draw(random: RandomSource): T {
    const at = random();
    // Rounding can leave the last bound a little below 1.
    return this.bounds.find(({ upTo }) => at < upTo)?.item ?? this.last;
  }
}
