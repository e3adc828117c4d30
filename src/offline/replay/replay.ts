import { PairstreamError } from '../../errors/pairstream-error.js';
import { CATALOGUE } from '../../features/catalogue.js';
import { KEY_SETS } from '../../features/key-sets.js';
import { IndexMap } from '../../statistics/index-map.js';
import { StatisticsTable } from '../../statistics/statistics-table.js';
import { horizonsOf, type StatisticsTables } from '../../statistics/statistics-tables.js';
import type { PartRow } from '../../pairs/part-row.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import type { Vocabulary } from '../../features/text/vocabulary.js';
import { CausalWalk } from './causal-walk.js';
import { LanguageCensus } from './language-census.js';
import { RowRecorder } from './row-recorder.js';
import { DAY_S } from '../../pairs/unix-time.js';

/** Receives rows with their features. */
export interface FeatureSink {
  /**
   * @param values row-major [rows.length, REPLAY_FEATURES], only valid during the call
   * @param keys lanes of KEYS, row-major [rows.length, 2 KEYS], only valid during the call
   */
  append(day: number, rows: readonly PartRow[], values: Float32Array, keys: Int32Array): Promise<void>;
}

/** Options of a replay. */
export interface ReplayOptions {
  readonly vocabulary: Vocabulary;
  /** Labelled rows in ascending order of tweet time, in batches. */
  readonly rows: AsyncIterable<PartRow[]> | Iterable<PartRow[]>;
  /** Days from the first row's (UTC) that only warm the tables up; of no account with `resumeFrom`. */
  readonly warmUpDays: number;
  /**
   * Tables that have learned up to their `asOfS`, to go on from; the replay writes them. Rows of the days before are only
   * looked at for engagements that came later. Default: empty tables.
   */
  readonly resumeFrom?: StatisticsTables;
  /** Seconds after which an event counts half, in every horizon. Default: each horizon's own. */
  readonly halfLifeS?: number;
  readonly sink: FeatureSink;
  /** Called after each batch with the rows done so far. */
  readonly onProgress?: (rowCount: number) => void;
  readonly signal?: AbortSignal;
}

/** Result of a replay. */
export interface ReplayResult {
  /** The tables at the end of the last day, to be written as the snapshot a gateway serves from. */
  readonly statistics: StatisticsTables;
  /** Rows read, and rows featurised (all but those of the warm-up). */
  readonly rowCount: number;
  readonly featurisedRowCount: number;
  readonly dayCount: number;
  /** Rows whose tokens do not begin with [CLS] and end with [SEP] of the vocabulary. */
  readonly unframedRowCount: number;
}

/** Features in the order of a row's values: the whole catalogue. */
export const REPLAY_FEATURES: readonly string[] = CATALOGUE.map(({ name }) => name);

/** Priors and languages become known at the end of the warm-up. */
type GrowingStatistics = Omit<StatisticsTables, 'languages'> & { languages: IndexMap };

function createStatistics(vocabularySha256: string, halfLifeS: number | undefined): GrowingStatistics {
  return {
    tables: KEY_SETS.map(({ name, horizons }) => new StatisticsTable(name, horizonsOf(horizons, halfLifeS))),
    priors: new Float64Array(TARGET_COUNT),
    vocabularySha256,
    languages: IndexMap.empty('languages'),
    asOfS: 0,
  };
}

/**
 * Applies the events of labelled rows in event time and featurises each row from the state of its moment. The warm-up
 * days emit nothing; their mean rates become the priors and their languages get codes, which stay as they are from then
 * on. What happens after the last day is not in the tables.
 * @throws PairstreamError INVALID_DATA_FILE for rows out of order, without labels or invalid, or none after the warm-up;
 *   CANCELLED when the signal aborts; INVALID_SNAPSHOT as FeaturePlan
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { vocabulary, sink, signal, resumeFrom } = options;
  const statistics: GrowingStatistics =
    resumeFrom === undefined ? createStatistics(vocabulary.sha256, options.halfLifeS) : { ...resumeFrom };
  const walk = new CausalWalk({
    vocabulary,
    statistics,
    ...(resumeFrom === undefined ? {} : { knownUntilS: resumeFrom.asOfS }),
  });
  const recorder = new RowRecorder(REPLAY_FEATURES, statistics);
  const census = new LanguageCensus();
  const clock = new DayClock();
  const isWarmUp = (day: number): boolean =>
    resumeFrom === undefined ? day < options.warmUpDays : clock.startOf(day) < resumeFrom.asOfS;
  let rowCount = 0;
  let featurisedRowCount = 0;
  let unframedRowCount = 0;
  const firstId = vocabulary.idOf('[CLS]');
  const lastId = vocabulary.idOf('[SEP]');
  for await (const batch of options.rows) {
    for (const { day, rows } of clock.splitByDay(batch)) {
      if (isWarmUp(day)) census.add(walk.walk(rows, undefined));
      else {
        if (featurisedRowCount === 0 && resumeFrom === undefined)
          endWarmUp(statistics, walk, census, clock.startOf(options.warmUpDays));
        walk.walk(rows, recorder);
        await sink.append(day, rows, recorder.values, recorder.keys);
        featurisedRowCount += rows.length;
      }
      rowCount += rows.length;
      for (const { textTokens } of rows)
        if (textTokens[0] !== firstId || textTokens.at(-1) !== lastId) unframedRowCount += 1;
    }
    options.onProgress?.(rowCount);
    if (signal?.aborted) throw new PairstreamError('CANCELLED', `stopped after ${rowCount} rows`);
  }
  if (featurisedRowCount === 0) throw nothingToFeaturise(options, rowCount, clock.dayCount);
  const asOfS = clock.startOf(clock.dayCount);
  walk.learner.advanceTo(asOfS);
  return {
    statistics: { ...statistics, asOfS },
    rowCount,
    featurisedRowCount,
    dayCount: clock.dayCount,
    unframedRowCount,
  };
}

/** Sets the priors and the codes of the languages from the events up to a time. */
function endWarmUp(
  statistics: GrowingStatistics,
  { learner }: CausalWalk,
  census: LanguageCensus,
  endS: number,
): void {
  learner.advanceTo(endS);
  const { impressionCount, engagementCounts } = learner.applied;
  if (impressionCount > 0) statistics.priors.set(engagementCounts.map((count) => count / impressionCount));
  statistics.languages = census.toIndexMap();
}

function nothingToFeaturise(
  { resumeFrom, warmUpDays }: ReplayOptions,
  rowCount: number,
  dayCount: number,
): PairstreamError {
  const seen = `${rowCount} rows over ${dayCount} days`;
  const expected =
    resumeFrom === undefined
      ? `rows after the ${warmUpDays} warm-up days`
      : `rows of days after ${new Date(resumeFrom.asOfS * 1_000).toISOString()}, where the snapshot ends`;
  return new PairstreamError('INVALID_DATA_FILE', `${seen}, expected ${expected}`);
}

/** Counts UTC days from the first row's. */
class DayClock {
  dayCount = 0;
  private firstDayS: number | undefined;

  /** First second of a day. */
  startOf(day: number): number {
    return (this.firstDayS ?? 0) + day * DAY_S;
  }

  /** Cuts a batch where a day begins. */
  *splitByDay(batch: readonly PartRow[]): Generator<{ day: number; rows: readonly PartRow[] }> {
    for (let from = 0, to = 0; from < batch.length; from = to) {
      const day = this.dayOf(batch[from]!);
      while (to < batch.length && this.dayOf(batch[to]!) === day) to += 1;
      this.dayCount = Math.max(this.dayCount, day + 1);
      yield { day, rows: from === 0 && to === batch.length ? batch : batch.slice(from, to) };
    }
  }

  private dayOf(row: PartRow): number {
    this.firstDayS ??= Math.floor(row.tweetCreatedAtS / DAY_S) * DAY_S;
    return Math.floor((row.tweetCreatedAtS - this.firstDayS) / DAY_S);
  }
}
