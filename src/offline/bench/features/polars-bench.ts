import { join } from 'node:path';
import { z } from 'zod';
import { CATALOGUE } from '../../../features/catalogue.js';
import { FeaturePlan } from '../../../features/feature-plan.js';
import { textScopeOf } from '../../../features/key-components.js';
import { TweetRows } from '../../../features/tweet-rows.js';
import { makeFolder } from '../../../files/output-folder.js';
import { writeWholeFile } from '../../../files/whole-file.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { JsonLinesProcess } from '../json-lines-process.js';
import { spreadOf } from '../measurement.js';
import { preparePeers } from '../peer-environment.js';
import type { Figure } from '../result.js';
import { createFeatureWorkload, type FeatureWorkload, TABLE_KEYS, toBatch } from './feature-workload.js';
import { writePolarsRows } from './polars-rows.js';

const BULK_ROWS = 200_000;
/** Rows that our code computes at once in bulk, as `replay` and `score` do. */
const BLOCK_ROWS = 1_000;
const MESSAGE_ROWS = 100;
const ROUNDS = 5;
const POLARS_MESSAGES = 10;
const BULK_TARGET = 4;
const MESSAGE_TARGET = 300;

const startedSchema = z.object({
  version: z.string(),
  /** Mean over all rows of each feature that is not of the statistics. */
  means: z.record(z.string(), z.number()),
});
const measuredSchema = z.object({ usPerPair: z.number() });

/** Our code on the rows: CPU time of this process, microseconds per pair. */
interface OurFeatures {
  readonly bulk: () => number;
  readonly messages: () => number;
  /** Mean over all rows of each feature. */
  readonly means: ReadonlyMap<string, number>;
}

/**
 * The whole catalogue by our code and by polars, on one thread each, by turns on the same rows, no two of one tweet. Polars gets
 * the texts joined already, ids as integers and its look-up tables as frames in memory; reading files is timed for neither. Times
 * are CPU times, which other programs on the machine change less.
 * @param root of the repository
 * @returns undefined, with a word on stderr, on a machine without Python 3.11 or newer
 */
export async function benchPolars(
  vocabularyPath: string,
  root: string,
  work: string,
): Promise<Figure[] | undefined> {
  makeFolder(work);
  const python = preparePeers(root, work);
  if (python === undefined) {
    console.error('SKIPPED polars: it needs Python 3.11 or newer');
    return undefined;
  }
  const workload = createFeatureWorkload(vocabularyPath);
  const rows = workload.rows(BULK_ROWS, 1);
  const [rowsPath, namesPath] = [join(work, 'rows.arrow'), join(work, 'features.txt')];
  await writePolarsRows(rowsPath, rows, workload.vocabulary);
  writeWholeFile(namesPath, `${CATALOGUE.map(({ name }) => name).join('\n')}\n`);
  const args = [join(root, 'bench/peers/polars_features.py'), rowsPath, String(TABLE_KEYS), namesPath];
  await using polars = new JsonLinesProcess('polars_features.py', python, args, { POLARS_MAX_THREADS: '1' });
  const started = polars.next();
  const ours = ourFeatures(workload, rows);
  const { version, means } = startedSchema.parse(await started);
  const measure = async (request: object): Promise<number> =>
    measuredSchema.parse(await polars.ask(request)).usPerPair;
  const ourBulk: number[] = [];
  const polarsBulk: number[] = [];
  const ourMessages: number[] = [];
  const polarsMessages: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ourBulk.push(ours.bulk());
    polarsBulk.push(await measure({ bulk: true }));
    ourMessages.push(ours.messages());
    polarsMessages.push(await measure({ messages: POLARS_MESSAGES }));
  }
  const differing = differingMeans(ours.means, means);
  const equality = differing.length === 0 ? 'same values' : `other values in ${differing.join(', ')}`;
  const scans = 'every message scans the tables for its keys, then joins';
  return [
    figure(
      'ours, 200,000 rows',
      'us/pair',
      ourBulk,
      'whole catalogue, token ids rebuilt to text, one thread',
    ),
    figure(
      'polars, 200,000 rows',
      'us/pair',
      polarsBulk,
      `polars ${version}, one thread; texts given as strings; ${equality}`,
    ),
    figure('ours, messages of 100', 'us/pair', ourMessages),
    figure('polars, messages of 100', 'us/pair', polarsMessages, scans),
    ratio('polars / ours, 200,000 rows', polarsBulk, ourBulk, BULK_TARGET),
    ratio('polars / ours, messages of 100', polarsMessages, ourMessages, MESSAGE_TARGET),
  ];
}

function ourFeatures({ vocabulary, statistics }: FeatureWorkload, rows: readonly PartRow[]): OurFeatures {
  const plan = new FeaturePlan([CATALOGUE], statistics);
  const tweetRows = new TweetRows(vocabulary, statistics, textScopeOf(plan.components));
  const width = CATALOGUE.length;
  const data = new Float32Array(BLOCK_ROWS * width);
  const pairIndexes = Uint32Array.from({ length: BLOCK_ROWS }, (_, i) => i);
  const sums = new Float64Array(width);
  const prepare = (blockRows: number): ((visit?: () => void) => number) => {
    const batches = Array.from({ length: rows.length / blockRows }, (_, i) =>
      toBatch(rows.slice(i * blockRows, (i + 1) * blockRows)),
    );
    return (visit) => {
      const { user, system } = process.cpuUsage();
      for (const batch of batches) {
        tweetRows.begin(batch);
        plan.write(tweetRows, pairIndexes, { batchRow: 0, requestRow: 0, rowCount: blockRows }, [
          { data, width },
        ]);
        visit?.();
      }
      const used = process.cpuUsage({ user, system });
      return (used.user + used.system) / rows.length;
    };
  };
  const [bulk, messages] = [prepare(BLOCK_ROWS), prepare(MESSAGE_ROWS)];
  // Once before it counts, as polars does.
  bulk(() => data.forEach((value, i) => (sums[i % width]! += value)));
  messages();
  const means = new Map(CATALOGUE.map(({ name }, column) => [name, sums[column]! / rows.length]));
  return { bulk: () => bulk(), messages: () => messages(), means };
}

/** Features whose mean over all rows is not the same in both: the two then compute different things. */
function differingMeans(
  ours: ReadonlyMap<string, number>,
  theirs: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(theirs).flatMap(([name, mean]) =>
    Math.abs(ours.get(name)! - mean) <= 1e-6 * Math.max(1, Math.abs(mean)) ? [] : [name],
  );
}

function figure(name: string, unit: string, samples: readonly number[], note?: string): Figure {
  const { median: value, p10, p90 } = spreadOf(samples);
  return { name, unit, value, p10, p90, ...(note === undefined ? {} : { note }) };
}

function ratio(name: string, theirs: readonly number[], ours: readonly number[], target: number): Figure {
  const ratios = theirs.map((value, round) => value / ours[round]!);
  return { ...figure(name, '', ratios, `median of ${ROUNDS} rounds by turns`), target: `>= ${target}` };
}
