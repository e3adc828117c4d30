import { availableParallelism } from 'node:os';
import type { Figure } from '../result.js';

/** Pairs that the published system was timed on, about. */
export const PUBLISHED_PAIRS = 15_000_000;
const SECONDS_PER_HOUR = 3_600;
/** Dollars an hour of the published 8 cores (e2-highmem-8), an eighth of it. */
const PRICE_PER_CORE_HOUR = 0.36 / 8;

/** Seconds of the published run, by phase: 8 CPU cores, one A100. */
const PUBLISHED = {
  /** Two steps there, one here: 4,155 and 69 s to prepare the rows, 10,334 and 119 s for features. */
  features: [4_155 + 10_334, 69 + 119],
  trees: [7_193, 43],
  nets: [8_540, 100],
  overall: [30_223, 330],
} as const;
/** Dollars of the published runs. */
const PUBLISHED_COST = [3.04, 0.34] as const;

/**
 * The published table of times, with a column of ours: seconds for fifteen million pairs, on all cores of this machine.
 * @param where name of the engine that runs the models
 * @param featuresUs microseconds per pair
 * @param modelsUs of each model, microseconds per pair, every tweet new
 * @param pairsPerS of the whole, measured
 */
export function publishedTable(
  where: string,
  featuresUs: number,
  modelsUs: ReadonlyMap<string, number>,
  pairsPerS: number,
): Figure[] {
  const usOf = (isKind: (name: string) => boolean): number =>
    [...modelsUs].reduce((sum, [name, us]) => sum + (isKind(name) ? us : 0), 0);
  const isTree = (name: string): boolean => name.startsWith('xgb');
  const row = (phase: keyof typeof PUBLISHED, name: string, seconds: number): Figure => {
    const [cpu, gpu] = PUBLISHED[phase];
    const note = `published: ${cpu.toLocaleString('en-US')} s on 8 CPU cores, ${gpu} s on an A100`;
    return { name: `15M pairs, ${where}: ${name}`, unit: 's', value: seconds, note };
  };
  const ofPhase = (us: number): number => (us * PUBLISHED_PAIRS) / 1e6;
  const overallS = PUBLISHED_PAIRS / pairsPerS;
  const [cpuCost, gpuCost] = PUBLISHED_COST;
  return [
    row('features', 'preprocess, features and look-ups', ofPhase(featuresUs)),
    row('trees', 'trees, five families', ofPhase(usOf(isTree))),
    row('nets', 'nets, three with their towers', ofPhase(usOf((name) => !isTree(name)))),
    row('overall', 'overall, through the gateway, every tweet new', overallS),
    {
      name: `15M pairs, ${where}: cost`,
      unit: '$',
      value: (overallS / SECONDS_PER_HOUR) * PRICE_PER_CORE_HOUR * availableParallelism(),
      note: `at $0.045 a core and hour, as the published 8 cores; published: $${cpuCost} on those, $${gpuCost} on an A100`,
    },
  ];
}
