import { PairstreamError } from '../../errors/pairstream-error.js';
import { readPartFile } from '../../pairs/part-file-reader.js';
import { readLines } from '../../pairs/text-lines.js';

/** Separator of the columns of a part file. */
const PART_SEPARATOR = '\x01';
const MAX_TIMES = 10_000_000;
const ROW_TIME = /^-?\d+(\.\d+)?$/;

/**
 * Reads recorded arrival times: a text file with a time in seconds per line, or a challenge part file, whose rows arrive at their tweet
 * times. Rows of the same second are spread evenly over that second.
 * @returns seconds after the first arrival, ascending
 * @throws PairstreamError INVALID_DATA_FILE that names the line
 */
export async function readArrivalTimes(path: string): Promise<Float64Array> {
  const times = (await isPartFile(path)) ? spreadSeconds(await tweetTimes(path)) : await lineTimes(path);
  const sorted = Float64Array.from(times).sort();
  const [first] = sorted;
  if (first === undefined) throw invalid(path, 'no arrival times, expected at least one line');
  return sorted.map((timeS) => timeS - first);
}

async function isPartFile(path: string): Promise<boolean> {
  for await (const [line] of readLines(path)) return line?.includes(PART_SEPARATOR) ?? false;
  return false;
}

async function tweetTimes(path: string): Promise<number[]> {
  const times: number[] = [];
  for await (const rows of readPartFile(path, { labels: 'ignored' })) {
    for (const { tweetCreatedAtS } of rows) times.push(tweetCreatedAtS);
    checkCount(path, times.length);
  }
  return times;
}

async function lineTimes(path: string): Promise<number[]> {
  const times: number[] = [];
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      const text = line.trim();
      if (!ROW_TIME.test(text))
        throw invalid(
          path,
          `line ${times.length + 1} is ${JSON.stringify(text.slice(0, 40))}, expected a time in seconds, for instance 1614124846.25`,
        );
      times.push(Number(text));
    }
    checkCount(path, times.length);
  }
  return times;
}

function checkCount(path: string, count: number): void {
  if (count > MAX_TIMES)
    throw invalid(path, `more than ${MAX_TIMES} arrival times, expected at most that many`);
}

/** Times of whole seconds, those of each second at equal distances. */
function spreadSeconds(times: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const time of times) counts.set(time, (counts.get(time) ?? 0) + 1);
  return [...counts].flatMap(([time, count]) => Array.from({ length: count }, (_, i) => time + i / count));
}

function invalid(path: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path });
}
