import { AliasTable } from './alias-table.js';
import type { Circles } from './circles.js';
import { WORLD_CONSTANTS } from './constants.js';
import type { Population } from './population.js';
import type { Random } from './random.js';
import { DAY_S } from '../../pairs/unix-time.js';

const { shown: SHOWN, hourWave: WAVE } = WORLD_CONSTANTS.tweets;

/** Tweets of a day in order of time: author, time, and number of readers of each. */
export interface DaySchedule {
  readonly author: readonly number[];
  readonly shownCount: readonly number[];
  /** Whole seconds from the start of the day. */
  readonly secondOfDay: Float64Array;
}

/** Plans days with exactly the wanted number of rows, of which each author gets a fixed share. */
export class DayScheduler {
  private readonly shownLaw: AliasTable;
  private readonly authors: AliasTable;
  private readonly audience: Int32Array;

  constructor(population: Population, circles: Circles) {
    const law = Array.from({ length: SHOWN.most }, (_, i) => (i + 1) ** -SHOWN.exponent);
    this.shownLaw = new AliasTable(law);
    this.audience = Int32Array.from(population.authors, (_, author) =>
      Math.max(1, circles.offset[author + 1]! - circles.offset[author]!),
    );
    const meanShown = meanOfCapped(law);
    const tweetWeights = population.authorShare.map(
      (share, author) => share / meanShown[Math.min(this.audience[author]!, SHOWN.most)]!,
    );
    this.authors = new AliasTable(tweetWeights);
  }

  plan(rowCount: number, random: Random): DaySchedule {
    const author: number[] = [];
    const shownCount: number[] = [];
    for (let left = rowCount; left > 0;) {
      const writer = this.authors.sample(random);
      const count = Math.min(1 + this.shownLaw.sample(random), this.audience[writer]!, left);
      author.push(writer);
      shownCount.push(count);
      left -= count;
    }
    const secondOfDay = Float64Array.from(author, () => drawSecond(random)).sort();
    return { author, shownCount, secondOfDay };
  }
}

/** Mean number of readers by the cap on them: [cap], 0 unused. */
function meanOfCapped(law: readonly number[]): Float64Array {
  const total = law.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(law.length + 1);
  let atLeast = total;
  for (let cap = 1; cap <= law.length; cap += 1) {
    mean[cap] = mean[cap - 1]! + atLeast / total;
    atLeast -= law[cap - 1]!;
  }
  return mean;
}

/** A random second of the day, more often near the peak hour. */
function drawSecond(random: Random): number {
  for (;;) {
    const second = random.below(DAY_S);
    const wave = Math.cos(2 * Math.PI * (second / DAY_S - WAVE.peakHour / 24));
    if (random.chance((1 + WAVE.depth * wave) / (1 + WAVE.depth))) return second;
  }
}
