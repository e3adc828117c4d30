import { PairstreamError } from '../../errors/pairstream-error.js';
import { CATALOGUE } from '../../features/catalogue.js';
import { KEYS } from '../../features/keys.js';
import { DAY_S } from '../../pairs/unix-time.js';
import { FeatureFiles, type LabelledRow } from '../replay/feature-files.js';
import { type LogRows, readLogRows } from './log-rows.js';
import type { PairEvents } from './pair-events.js';

/** Parts of a join. */
export interface JoinOptions {
  /** Files of feature logs. */
  readonly paths: readonly string[];
  /** All events of the pairs. The join takes impressions out of it. */
  readonly events: PairEvents;
  /** Attribution window: an engagement counts up to this long after its prediction, seconds. */
  readonly windowS: number;
  /** True to keep rows whose window is still open at the newest event. */
  readonly keepsOpen: boolean;
  /** Unix seconds of the beginning of day 0. Default: the day (UTC) of the oldest joined row. */
  readonly dayZeroS?: number;
  /** Existing folder of the output. */
  readonly out: string;
  readonly vocabularySha256: string;
  /** Called after each batch with the rows read so far. */
  readonly onProgress?: (rowCount: number) => void;
  readonly signal?: AbortSignal;
}

/** Counts and files of a join. */
export interface JoinResult {
  /** Rows of the feature logs. */
  readonly rowCount: number;
  readonly joinedRowCount: number;
  /** Rows of predictions without an impression, and repeated rows of one prediction. */
  readonly unshownRowCount: number;
  /** Rows left out because their window is still open. */
  readonly openRowCount: number;
  readonly dayCount: number;
  readonly featureFiles: readonly string[];
}

/** Result of the first pass: days (Unix days) with the files that hold rows of them. */
interface Plan {
  readonly filesOfDay: ReadonlyMap<number, readonly string[]>;
  readonly rowCount: number;
  readonly openRowCount: number;
}

/**
 * Joins rows of feature logs with the events of their pairs into feature files, one per day, as replay writes them. A row is joined if
 * its prediction is the one that the pair's impression belongs to. Rows keep the order of the logs within a day. Reads each file
 * once for the plan and once for each of its days; one record batch is in memory at a time.
 * @throws PairstreamError INVALID_DATA_FILE for damaged files, rows before day 0, or no joined row; OUTPUT_FAILED; CANCELLED
 */
export async function joinLog(options: JoinOptions): Promise<JoinResult> {
  const { filesOfDay, rowCount, openRowCount } = await planOf(options);
  const days = [...filesOfDay.keys()].sort((a, b) => a - b);
  const [firstDay] = days;
  if (firstDay === undefined)
    throw new PairstreamError(
      'INVALID_DATA_FILE',
      `none of ${rowCount} rows has an impression in the event log and a closed window (${openRowCount} windows are open), expected some; --keep-open keeps open windows`,
    );
  const dayZero = options.dayZeroS === undefined ? firstDay : options.dayZeroS / DAY_S;
  if (firstDay < dayZero)
    throw new PairstreamError(
      'INVALID_DATA_FILE',
      `a row of ${dateOf(firstDay)}, expected rows from ${dateOf(dayZero)} on (--day-zero)`,
      { field: '--day-zero' },
    );
  const files = new FeatureFiles(
    options.out,
    CATALOGUE.map(({ name }) => name),
    options.vocabularySha256,
  );
  let joinedRowCount = 0;
  try {
    for (const day of days)
      for (const path of filesOfDay.get(day) ?? [])
        for await (const rows of readLogRows(path)) {
          joinedRowCount += await appendRows(files, rows, day, day - dayZero, options);
          expectNotAborted(options.signal);
        }
    await files.close();
  } catch (error) {
    await files.abort();
    throw error;
  }
  return {
    rowCount,
    joinedRowCount,
    unshownRowCount: rowCount - openRowCount - joinedRowCount,
    openRowCount,
    dayCount: days.length,
    featureFiles: files.paths,
  };
}

async function planOf(options: JoinOptions): Promise<Plan> {
  const filesOfDay = new Map<number, string[]>();
  let rowCount = 0;
  let openRowCount = 0;
  for (const path of options.paths) {
    const days = new Set<number>();
    for await (const rows of readLogRows(path)) {
      for (let row = 0; row < rows.rowCount; row += 1) {
        if (!isShown(rows, row, options)) continue;
        if (isClosed(rows, row, options)) days.add(dayOf(rows, row));
        else openRowCount += 1;
      }
      rowCount += rows.rowCount;
      options.onProgress?.(rowCount);
      expectNotAborted(options.signal);
    }
    for (const day of days) filesOfDay.set(day, [...(filesOfDay.get(day) ?? []), path]);
  }
  return { filesOfDay, rowCount, openRowCount };
}

/** Appends the joined rows of one day. @returns their number */
async function appendRows(
  files: FeatureFiles,
  rows: LogRows,
  ofDay: number,
  day: number,
  options: JoinOptions,
): Promise<number> {
  const joined: LabelledRow[] = [];
  const values = new Float32Array(rows.rowCount * CATALOGUE.length);
  const keys = new Int32Array(rows.rowCount * 2 * KEYS.length);
  const { events, windowS } = options;
  for (let row = 0; row < rows.rowCount; row += 1) {
    if (dayOf(rows, row) !== ofDay || !isShown(rows, row, options) || !isClosed(rows, row, options)) continue;
    const lo = rows.pairIds[2 * row]!;
    const hi = rows.pairIds[2 * row + 1]!;
    const asOfS = rows.asOfS[row]!;
    rows.copyFeatures(row, values, joined.length * CATALOGUE.length);
    rows.copyKeys(row, keys, joined.length * 2 * KEYS.length);
    joined.push({
      tweetCreatedAtS: asOfS,
      author: { followerCount: rows.authorFollowerCount[row]! },
      engagementTimesS: events.engagementsUntil(lo, hi, asOfS + windowS),
      textTokens: rows.tokensOf(row),
    });
    events.take(lo, hi);
  }
  if (joined.length > 0) await files.append(day, joined, values, keys);
  return joined.length;
}

function isShown(rows: LogRows, row: number, { events }: JoinOptions): boolean {
  const predictedAtS = Math.floor(rows.asOfS[row]!);
  return events.isShown(rows.pairIds[2 * row]!, rows.pairIds[2 * row + 1]!, predictedAtS);
}

function isClosed(rows: LogRows, row: number, { events, windowS, keepsOpen }: JoinOptions): boolean {
  return keepsOpen || rows.asOfS[row]! + windowS <= events.newestEventS;
}

function dayOf(rows: LogRows, row: number): number {
  return Math.floor(rows.asOfS[row]! / DAY_S);
}

function dateOf(day: number): string {
  return new Date(day * DAY_S * 1_000).toISOString().slice(0, 10);
}

function expectNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PairstreamError('CANCELLED', 'the join was interrupted');
}
