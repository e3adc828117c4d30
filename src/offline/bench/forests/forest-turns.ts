import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import type { CallLoad } from './walked-ensemble.js';

/** Many short rounds by turns, because the speed of a shared machine changes from minute to minute. */
const ROUNDS = 11;
/** CPU time of a turn. A call that takes longer is a turn of its own. */
const TURN_MS = 200;
const LOADS: readonly CallLoad[] = [
  { rowCount: 1_024, callCount: 1 },
  { rowCount: 100, callCount: 10 },
  { rowCount: 1, callCount: 64 },
];

/** CPU time per row of one of two contestants, microseconds; of several forests together. */
export type UsPerRow = (names: readonly string[], load: CallLoad, cpuMs: number) => number | Promise<number>;

/** Forests that are measured together, under one name. */
export interface Contest {
  readonly name: string;
  readonly forests: readonly string[];
}

/** Samples of both sides, one of each per round. */
export interface ContestSamples {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** Targets of `ours / XGBoost` by rows of a call. */
export type RatioTargets = Readonly<Record<number, string>>;

/** Measures every contest with calls of 1,024, 100 and 1 rows, the two by turns. The first round warms up and does not count. */
export async function measureByTurns(
  contests: readonly Contest[],
  ours: UsPerRow,
  theirs: UsPerRow,
  targets: RatioTargets,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const load of LOADS)
    for (const { name, forests } of contests) {
      const samples: [number, number][] = [];
      for (let round = 0; round <= ROUNDS; round += 1)
        samples.push([await ours(forests, load, TURN_MS), await theirs(forests, load, TURN_MS)]);
      const counted = samples.slice(1);
      const both = { ours: counted.map(([us]) => us), theirs: counted.map(([, us]) => us) };
      figures.push(...contestFigures(name, load.rowCount, both, targets[load.rowCount]));
    }
  return figures;
}

/** Time of both sides and their ratio, which is the median of the ratios of the rounds. */
export function contestFigures(
  name: string,
  rowCount: number,
  { ours, theirs }: ContestSamples,
  target?: string,
): Figure[] {
  const setting = `${name}, calls of ${rowCount.toLocaleString('en-US')} row${rowCount === 1 ? '' : 's'}`;
  const figure = (what: string, unit: string, samples: readonly number[]): Figure => {
    const { median: value, p10, p90 } = spreadOf(samples);
    return { name: `${setting}: ${what}`, unit, value, p10, p90 };
  };
  const ratio = figure(
    'ours / XGBoost',
    '',
    ours.map((us, round) => us / theirs[round]!),
  );
  return [
    figure('forest walker', 'us/pair', ours),
    figure('XGBoost', 'us/pair', theirs),
    {
      ...ratio,
      ...(target === undefined ? {} : { target }),
      note: `median of ${ours.length} rounds by turns`,
    },
  ];
}
