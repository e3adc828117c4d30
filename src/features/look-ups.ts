import { PairstreamError } from '../errors/pairstream-error.js';
import type { StatisticsTable } from '../statistics/statistics-table.js';
import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { LookUp, Reading } from './encoded-rows.js';
import type { FeatureDefinition } from './feature-definition.js';
import { type Component, TEXT_COMPONENTS } from './key-components.js';
import type { RowSpace } from './key-sets.js';
import { STATISTICS_VIEWS, type StatisticsView } from './statistics-views.js';

const VIEWS: Readonly<Record<RowSpace, readonly StatisticsView[]>> = {
  tweet: STATISTICS_VIEWS.filter(({ keySet }) => keySet.rowSpace === 'tweet'),
  pair: STATISTICS_VIEWS.filter(({ keySet }) => keySet.rowSpace === 'pair'),
};

/** Features that come from statistics, by row space: every view's, one after another. */
export const STATISTICS_FEATURES: Readonly<Record<RowSpace, readonly FeatureDefinition[]>> = {
  tweet: VIEWS.tweet.flatMap(({ definitions }) => definitions),
  pair: VIEWS.pair.flatMap(({ definitions }) => definitions),
};

/** A view that is wanted, and where its first feature goes. */
interface PlacedView {
  readonly view: StatisticsView;
  readonly valueAt: number;
}

/**
 * The look-ups that features of a row space need: each key in each table once, each horizon of it once.
 * @param firstValue position of the first of STATISTICS_FEATURES among the values of the row space
 * @throws PairstreamError INVALID_SNAPSHOT for a table or a horizon that is missing
 */
export function compileLookUps(
  rowSpace: RowSpace,
  definitions: readonly FeatureDefinition[],
  { tables }: StatisticsTables,
  firstValue: number,
): LookUp[] {
  const wanted = new Set(definitions);
  let valueAt = firstValue;
  const placed: PlacedView[] = [];
  for (const view of VIEWS[rowSpace]) {
    if (view.definitions.some((definition) => wanted.has(definition))) placed.push({ view, valueAt });
    valueAt += view.definitions.length;
  }
  const byKey = Map.groupBy(placed, ({ view }) => `${view.keySet.name} in ${view.table}`);
  return [...byKey.values()].map((views) => {
    const { keySet, table: name } = views[0]!.view;
    const table = tableOf(tables, name);
    return { keySet, table, readings: readingsOf(table, views) };
  });
}

/** True if a key has a component from the names in the text. */
export function needsNames(lookUps: readonly LookUp[]): boolean {
  const ofText: readonly Component[] = TEXT_COMPONENTS;
  return lookUps.some(({ keySet }) => keySet.components.some((component) => ofText.includes(component)));
}

function readingsOf(table: StatisticsTable, views: readonly PlacedView[]): Reading[] {
  const byHorizon = Map.groupBy(views, ({ view }) => view.horizon);
  return [...byHorizon].map(([name, ofHorizon]) => {
    const horizon = table.horizons.findIndex((candidate) => candidate.name === name);
    if (horizon < 0) {
      const has = table.horizons.map((candidate) => candidate.name).join(', ');
      throw missing(table.name, `table ${table.name} has no horizon ${name}, only ${has}`);
    }
    return {
      horizon,
      views: ofHorizon.map(({ view: { kind }, valueAt }) => ({ kind, valueAt })),
    };
  });
}

function tableOf(tables: readonly StatisticsTable[], name: string): StatisticsTable {
  const table = tables.find((candidate) => candidate.name === name);
  if (table !== undefined) return table;
  const names = tables.map((candidate) => candidate.name).join(', ');
  throw missing(name, `statistics hold no table ${name}, only ${names}`);
}

function missing(table: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_SNAPSHOT', problem, { field: table });
}
