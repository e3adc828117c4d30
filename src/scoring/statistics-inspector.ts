import { PairstreamError } from '../errors/pairstream-error.js';
import { shownField } from '../errors/shown-field.js';
import { type HashLanguage, parseKey } from '../features/key-text.js';
import { KEY_SETS, type KeySet } from '../features/key-sets.js';
import type { Hash64 } from '../pairs/murmur3.js';
import { type Horizon, HORIZON_VALUES } from '../statistics/record-layout.js';
import type { StatisticsTable } from '../statistics/statistics-table.js';
import type { StatisticsTables } from '../statistics/statistics-tables.js';

/** Size and age of one statistics table. */
export interface TableReport {
  readonly name: string;
  /** Components of its keys, in hashing order. */
  readonly components: readonly string[];
  readonly horizons: readonly Horizon[];
  readonly keyCount: number;
  /** Keys that the table has room for. */
  readonly capacity: number;
  /** Share of the capacity that is used: 0 to 1. */
  readonly loadFactor: number;
  /** Resident bytes. */
  readonly byteLength: number;
  /** Event time of the latest event, Unix seconds; null in a table without keys. */
  readonly lastEventS: number | null;
}

/** Decayed counters of a key in one horizon; engagements in the order of TARGETS. */
export interface HorizonCounters {
  readonly horizon: string;
  readonly halfLifeS: number;
  readonly impressions: number;
  readonly reply: number;
  readonly retweet: number;
  readonly quote: number;
  readonly like: number;
}

/** Record of one key in a table. */
export interface KeyReport {
  readonly table: string;
  /** The key: 16 hexadecimal digits, high half first. */
  readonly key: string;
  readonly isFound: boolean;
  /** Time that the counters are decayed to, Unix seconds. */
  readonly asOfS: number;
  /** Event time of the last event of the key, Unix seconds; null if the table does not hold it. */
  readonly lastEventS: number | null;
  /** One entry per horizon of the table; zeros if the table does not hold the key. */
  readonly counters: readonly HorizonCounters[];
}

/** Inspects the statistics of a release for operators. Scoring threads may read the tables at the same time. */
export class StatisticsInspector {
  /** @param newestEventS returns the event time up to which the tables have learned; default: that of the statistics file */
  constructor(
    private readonly statistics: StatisticsTables,
    private readonly hashLanguage: HashLanguage,
    private readonly newestEventS = (): number => statistics.asOfS,
  ) {}

  /** Event time up to which the tables have learned, Unix seconds. */
  get asOfS(): number {
    return this.newestEventS();
  }

  /** All tables, by name. */
  get tables(): TableReport[] {
    return this.statistics.tables.map(reportOf).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One table. @throws PairstreamError NOT_FOUND */
  table(name: string): TableReport {
    return reportOf(this.find(name));
  }

  /**
   * Looks up a key.
   * @param components text by component name, see parseKey
   * @param asOfS time to decay the counters to, Unix seconds; default: the time up to which the tables have learned
   * @throws PairstreamError NOT_FOUND for a table that does not exist; INVALID_REQUEST as parseKey
   */
  lookUp(name: string, components: Readonly<Record<string, string>>, asOfS = this.asOfS): KeyReport {
    const table = this.find(name);
    const key: Hash64 = { lo: 0, hi: 0 };
    parseKey(keySetOf(table), components, this.hashLanguage, key);
    const found = table.find(key.lo, key.hi);
    // A deleted key has no last event.
    const record = found >= 0 && table.timeOf(found) > 0 ? found : -1;
    return {
      table: name,
      key: hexOf(key.hi) + hexOf(key.lo),
      isFound: record >= 0,
      asOfS,
      lastEventS: record < 0 ? null : table.timeOf(record),
      counters: table.horizons.map((horizon, i) => countersOf(table, record, i, horizon, asOfS)),
    };
  }

  private find(name: string): StatisticsTable {
    const table = this.statistics.tables.find((candidate) => candidate.name === name);
    if (table !== undefined) return table;
    const names = this.tables.map((candidate) => candidate.name).join(', ');
    throw new PairstreamError('NOT_FOUND', `table: ${shownField(name)}, expected one of ${names}`, {
      field: 'table',
    });
  }
}

function keySetOf({ name }: StatisticsTable): KeySet {
  const keySet = KEY_SETS.find((candidate) => candidate.name === name);
  if (keySet !== undefined) return keySet;
  throw new PairstreamError('NOT_FOUND', `table: ${name} has no key set in this version`, { field: 'table' });
}

function reportOf(table: StatisticsTable): TableReport {
  const { name, horizons, keyCount, capacity, byteLength, lastEventS } = table;
  return {
    name,
    components: KEY_SETS.find((keySet) => keySet.name === name)?.components ?? [],
    horizons,
    keyCount,
    capacity,
    loadFactor: keyCount / capacity,
    byteLength,
    lastEventS: keyCount === 0 ? null : lastEventS,
  };
}

function countersOf(
  table: StatisticsTable,
  record: number,
  horizonIndex: number,
  { name, halfLifeS }: Horizon,
  asOfS: number,
): HorizonCounters {
  const values = new Float64Array(HORIZON_VALUES);
  table.read(record, horizonIndex, asOfS, values);
  const [impressions = 0, reply = 0, retweet = 0, quote = 0, like = 0] = values;
  return { horizon: name, halfLifeS, impressions, reply, retweet, quote, like };
}

function hexOf(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}
