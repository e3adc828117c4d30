import { PairstreamError } from '../errors/pairstream-error.js';
import type { StatisticsTable } from '../statistics/statistics-table.js';
import type { StatisticsTables } from '../statistics/statistics-tables.js';
import { HORIZON_VALUES } from '../statistics/record-layout.js';
import type { LookUp } from './encoded-rows.js';
import type { FeatureDefinition } from './feature-definition.js';
import type { Component } from './key-components.js';
import type { RowSpace } from './key-sets.js';
import { STATISTICS_VIEWS, type StatisticsView, type ViewKind } from './statistics-views.js';

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
interface WantedView {
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
  const placed: WantedView[] = [];
  for (const view of VIEWS[rowSpace]) {
    if (view.definitions.some((definition) => wanted.has(definition))) placed.push({ view, valueAt });
    valueAt += view.definitions.length;
  }
  const byKey = Map.groupBy(placed, ({ view }) => `${view.keySet.name} in ${view.table}`);
  return [...byKey.values()].map((views) => {
    const { keySet, table: name } = views[0]!.view;
    const table = tableOf(tables, name);
    return { keySet, table, ...readingOf(table, views) };
  });
}

/** Components of all keys; one may occur several times. */
export function componentsOf(lookUps: readonly LookUp[]): Component[] {
  return lookUps.flatMap(({ keySet }) => keySet.components);
}

/** Horizons of the views, each once, and the places of the views' values. */
function readingOf(
  table: StatisticsTable,
  views: readonly WantedView[],
): Pick<LookUp, 'horizons' | 'views' | 'valueAt'> {
  const names = [...new Set(views.map(({ view }) => view.horizon))];
  const placesOf = (kind: ViewKind): Uint16Array =>
    Uint16Array.from(
      views
        .filter(({ view }) => view.kind === kind)
        .flatMap(({ view, valueAt }) => [names.indexOf(view.horizon) * HORIZON_VALUES, valueAt]),
    );
  return {
    horizons: Uint8Array.from(names, (name) => horizonOf(table, name)),
    views: { rates: placesOf('rates'), sums: placesOf('sums'), count: placesOf('count') },
    valueAt: Uint16Array.from(
      views.flatMap(({ view, valueAt }) => view.definitions.map((_, i) => valueAt + i)),
    ),
  };
}

function horizonOf(table: StatisticsTable, name: string): number {
  const horizon = table.horizons.findIndex((candidate) => candidate.name === name);
  if (horizon >= 0) return horizon;
  const has = table.horizons.map((candidate) => candidate.name).join(', ');
  throw missing(table.name, `table ${table.name} has no horizon ${name}, only ${has}`);
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
