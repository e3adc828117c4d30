import { TARGET_COUNT, TARGETS } from '../../pairs/targets.js';
import { STATE_COUNT } from './label-model.js';
import { popularityGroup } from './popularity-group.js';
import { PUBLISHED_GROUP_RATES, PUBLISHED_JOINT_COUNTS, PUBLISHED_LOG_NORMALS } from './published.js';
import type { WorldPair } from './world.js';

const GROUP_COUNT = PUBLISHED_GROUP_RATES.length;
/** Relative tolerances of rates, by target. Rare labels get more, because single authors matter more. */
const RATE_TOLERANCE = [0.12, 0.12, 0.2, 0.06] as const;
/** Relative tolerances of a combination's share, for one label and for several. */
const JOINT_TOLERANCE = { one: 0.2, several: 0.4 } as const;
const GROUP_RATE_TOLERANCE = [0.25, 0.2, 0.35, 0.12] as const;
/** Absolute tolerance of shares of authors. */
const AUTHOR_SHARE_TOLERANCE = 0.03;
const LOG_NORMAL_TOLERANCE = 0.15;
/** Number of standard errors of sampling that are added to a tolerance. */
const ALLOWED_ERRORS = 3;

/** One line of the calibration table. */
export interface CalibrationLine {
  readonly figure: string;
  readonly published: number;
  readonly world: number;
  /** Largest accepted difference, in the figure's unit, with sampling noise. */
  readonly tolerance: number;
  readonly isWithin: boolean;
}

/** Sums over rows of ln(x + 1). */
class LogNormal {
  private count = 0;
  private sum = 0;
  private squares = 0;

  add(value: number): void {
    const log = Math.log1p(value);
    this.count += 1;
    this.sum += log;
    this.squares += log * log;
  }

  get mean(): number {
    return this.sum / this.count;
  }

  get sd(): number {
    return Math.sqrt(Math.max(0, this.squares / this.count - this.mean ** 2));
  }
}

/** Computes the world's values of the published figures, row by row, and compares both. */
export class Calibration {
  private rowCount = 0;
  private readonly stateCount = new Float64Array(STATE_COUNT);
  private readonly groupRows = new Float64Array(GROUP_COUNT);
  private readonly groupLabels = new Float64Array(GROUP_COUNT * TARGET_COUNT);
  private readonly groupOfAuthor = new Map<string, number>();
  /** Sums in the order of PUBLISHED_LOG_NORMALS. */
  private readonly logNormals = PUBLISHED_LOG_NORMALS.map(() => new LogNormal());

  /** Counts one labelled row. */
  add({ row }: WorldPair): void {
    const group = popularityGroup(row.author.followerCount);
    let state = 0;
    for (let target = 0; target < TARGET_COUNT; target += 1) {
      if ((row.engagementTimesS?.[target] ?? null) === null) continue;
      state |= 1 << target;
      this.groupLabels[group * TARGET_COUNT + target]! += 1;
    }
    this.rowCount += 1;
    this.stateCount[state]! += 1;
    this.groupRows[group]! += 1;
    this.groupOfAuthor.set(row.author.id, group);
    const { author, reader, textTokens } = row;
    this.logNormals[0]!.add(author.followerCount);
    this.logNormals[1]!.add(author.followingCount);
    this.logNormals[2]!.add(reader.followerCount);
    this.logNormals[3]!.add(reader.followingCount);
    this.logNormals[4]!.add(textTokens.length);
  }

  /** Table of all figures; empty if no row was counted. */
  lines(): CalibrationLine[] {
    if (this.rowCount === 0) return [];
    return [
      ...this.rateLines(),
      ...this.jointLines(),
      ...this.authorShareLines(),
      ...this.groupRateLines(),
      ...this.logNormalLines(),
    ];
  }

  private rateLines(): CalibrationLine[] {
    const total = sum(PUBLISHED_JOINT_COUNTS);
    return TARGETS.map((name, target) => {
      const published = sum(PUBLISHED_JOINT_COUNTS.filter((_, state) => state & (1 << target))) / total;
      const world = sum(this.stateCount.filter((_, state) => state & (1 << target))) / this.rowCount;
      const tolerance = RATE_TOLERANCE[target]! * published + this.luck(published, this.rowCount);
      return line(`rate of ${name}`, published, world, tolerance);
    });
  }

  private jointLines(): CalibrationLine[] {
    const total = sum(PUBLISHED_JOINT_COUNTS);
    return PUBLISHED_JOINT_COUNTS.map((count, state) => {
      const names = TARGETS.filter((_, target) => state & (1 << target));
      const published = count / total;
      const relative = names.length < 2 ? JOINT_TOLERANCE.one : JOINT_TOLERANCE.several;
      const tolerance = relative * published + this.luck(published, this.rowCount);
      const figure = `rows with ${names.length === 0 ? 'no label' : names.join(' + ')}`;
      return line(figure, published, this.stateCount[state]! / this.rowCount, tolerance);
    });
  }

  /** The published groups are fifths of the authors. */
  private authorShareLines(): CalibrationLine[] {
    const authors = new Float64Array(GROUP_COUNT);
    for (const group of this.groupOfAuthor.values()) authors[group]! += 1;
    return Array.from(authors, (count, group) => {
      const published = 1 / GROUP_COUNT;
      const tolerance = AUTHOR_SHARE_TOLERANCE + this.luck(published, this.groupOfAuthor.size);
      return line(`authors in group ${group}`, published, count / this.groupOfAuthor.size, tolerance);
    });
  }

  /** Rates of a group relative to the mean of the groups: the absolute ones were published for other weeks. */
  private groupRateLines(): CalibrationLine[] {
    return TARGETS.flatMap((name, target) => {
      const rates = Array.from(
        this.groupRows,
        (rows, group) => this.groupLabels[group * TARGET_COUNT + target]! / Math.max(rows, 1),
      );
      const publishedRates = PUBLISHED_GROUP_RATES.map((group) => group[target]!);
      const mean = sum(rates) / GROUP_COUNT;
      const publishedMean = sum(publishedRates) / GROUP_COUNT;
      return publishedRates.map((rate, group) => {
        const published = rate / publishedMean;
        const luck = this.luck(rate, this.groupRows[group]!) / publishedMean;
        const tolerance = GROUP_RATE_TOLERANCE[target]! * published + luck;
        return line(`${name} in group ${group}, to the mean`, published, rates[group]! / mean, tolerance);
      });
    });
  }

  private logNormalLines(): CalibrationLine[] {
    return PUBLISHED_LOG_NORMALS.flatMap(({ figure, mean, sd }, i) => {
      const world = this.logNormals[i]!;
      const luck = (ALLOWED_ERRORS * sd) / Math.sqrt(this.rowCount);
      return [
        line(`ln(${figure} + 1), mean`, mean, world.mean, LOG_NORMAL_TOLERANCE + luck),
        line(`ln(${figure} + 1), deviation`, sd, world.sd, LOG_NORMAL_TOLERANCE + luck),
      ];
    });
  }

  private luck(rate: number, count: number): number {
    return ALLOWED_ERRORS * Math.sqrt((rate * (1 - rate)) / Math.max(count, 1));
  }
}

/** The table as text, one figure per line. */
export function formatCalibration(lines: readonly CalibrationLine[]): string {
  const head = `${'figure'.padEnd(38)}${'published'.padStart(10)}${'world'.padStart(10)}${'tolerance'.padStart(11)}`;
  const rows = lines.map(
    ({ figure, published, world, tolerance, isWithin }) =>
      figure.padEnd(38) +
      figures(published).padStart(10) +
      figures(world).padStart(10) +
      `+-${figures(tolerance)}`.padStart(11) +
      (isWithin ? '  ok' : '  OFF'),
  );
  return [head, ...rows].join('\n');
}

function figures(value: number): string {
  return value >= 0.01 ? value.toFixed(4) : value.toFixed(6);
}

function line(figure: string, published: number, world: number, tolerance: number): CalibrationLine {
  return { figure, published, world, tolerance, isWithin: Math.abs(world - published) <= tolerance };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
