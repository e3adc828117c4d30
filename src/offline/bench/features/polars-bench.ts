import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { definitionsOf, FeaturePlan } from '../../../features/feature-plan.js';
import { TweetRows } from '../../../features/tweet-rows.js';
import type { PairBatch } from '../../../pairs/pair-batch.js';
import { MEDIA_CODE, type PartRow, TWEET_TYPE_CODE } from '../../../pairs/part-row.js';
import { readPipelineFile } from '../../../releases/pipeline-file.js';
import { ArrowFileWriter } from '../../../files/arrow-file.js';
import { PIECE_KIND, type Vocabulary } from '../../../features/text/vocabulary.js';
import { createFeatureWorkload, type FeatureWorkload, TABLE_KEYS, toBatch } from './feature-workload.js';
import { spreadOf, timeUs } from '../measurement.js';
import { preparePeers } from '../peer-environment.js';
import type { Figure } from '../result.js';
import { makeFolder } from '../../../files/output-folder.js';
import { writeWholeFile } from '../../../files/whole-file.js';

const BULK_ROWS = 200_000;
const MESSAGE_PAIRS = 100;

const outputSchema = z.object({
  bulkUsPerPair: z.number(),
  messageUsPerPair: z.number(),
  version: z.string(),
  /** Mean over all rows of each feature that is no encoding. */
  means: z.record(z.string(), z.number()),
});

/**
 * The features of xgb1 by polars on one thread, beside ours in the same run on the same rows. Polars gets the texts joined
 * already, ids as integers and its look-up tables as frames in memory; reading files is timed for neither.
 * @param root of the repository
 * @returns undefined, with a word on stderr, on a machine without Python 3.11 or newer
 */
export async function benchPolars(
  vocabularyPath: string,
  pipelinePath: string,
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
  const rowsPath = join(work, 'rows.arrow');
  await writeRows(rowsPath, rows, workload.vocabulary);
  const names = featuresOfXgb1(pipelinePath);
  const ours = ourTimes(workload, names, rows);
  writeWholeFile(join(work, 'features.txt'), `${names.join('\n')}\n`);
  const environment = { ...process.env, POLARS_MAX_THREADS: '1' };
  const program = join(root, 'bench/peers/polars_features.py');
  const args = [program, rowsPath, String(TABLE_KEYS), join(work, 'features.txt')];
  const output = execFileSync(python, args, { env: environment, encoding: 'utf8' });
  const theirs = outputSchema.parse(JSON.parse(output));
  const differing = differingMeans(ours.values, names, theirs.means);
  const equality = differing.length === 0 ? 'same values' : `other values in ${differing.join(', ')}`;
  const note = `polars ${theirs.version}, one thread; texts given as strings; ${equality}`;
  return [
    {
      name: 'ours, 200,000 rows',
      unit: 'us/pair',
      value: ours.bulk,
      note: 'token ids rebuilt to text, one thread',
    },
    { name: 'polars, 200,000 rows', unit: 'us/pair', value: theirs.bulkUsPerPair, note },
    { name: 'ours, messages of 100', unit: 'us/pair', value: ours.message },
    {
      name: 'polars, messages of 100',
      unit: 'us/pair',
      value: theirs.messageUsPerPair,
      note: 'every message scans the tables for its keys, then joins',
    },
  ];
}

function ourTimes(
  { vocabulary, statistics }: FeatureWorkload,
  names: readonly string[],
  rows: readonly PartRow[],
): { bulk: number; message: number; values: Float32Array } {
  const plan = new FeaturePlan([definitionsOf(names)], statistics);
  const tweetRows = new TweetRows(vocabulary, statistics, plan.needsNames);
  const bulk = toBatch(rows);
  const pairIndexes = Uint32Array.from(rows, (_, i) => i);
  const write = (batch: PairBatch, values: Float32Array): void => {
    tweetRows.begin(batch);
    const range = { batchRow: 0, requestRow: 0, rowCount: batch.pairs.count };
    plan.write(tweetRows, pairIndexes, range, [{ data: values, width: names.length }]);
  };
  const out = new Float32Array(rows.length * names.length);
  // Once before it counts, as the peer does.
  write(bulk, out);
  const bulkUs = [1, 2, 3].map(() => timeUs(() => write(bulk, out)));
  const messages = Array.from({ length: 200 }, (_, i) =>
    toBatch(rows.slice(i * MESSAGE_PAIRS, (i + 1) * MESSAGE_PAIRS)),
  );
  const messageOut = new Float32Array(MESSAGE_PAIRS * names.length);
  const messageUs = messages.map((batch) => timeUs(() => write(batch, messageOut)));
  const [bulkMedian, messageMedian] = [spreadOf(bulkUs).median, spreadOf(messageUs).median];
  return { bulk: bulkMedian / rows.length, message: messageMedian / MESSAGE_PAIRS, values: out };
}

/** Features whose mean over all rows is not the same in both: the two then compute different things. */
function differingMeans(
  values: Float32Array,
  names: readonly string[],
  means: Readonly<Record<string, number>>,
): string[] {
  const rowCount = values.length / names.length;
  return Object.entries(means).flatMap(([name, theirs]) => {
    const column = names.indexOf(name);
    let sum = 0;
    for (let row = 0; row < rowCount; row += 1) sum += values[row * names.length + column] ?? Number.NaN;
    return Math.abs(sum / rowCount - theirs) <= 1e-6 * Math.max(1, Math.abs(theirs)) ? [] : [name];
  });
}

async function writeRows(path: string, rows: readonly PartRow[], vocabulary: Vocabulary): Promise<void> {
  const texts: string[] = rows.map((row) => joinTokens(row.textTokens, vocabulary));
  const int32 = (valueOf: (row: PartRow) => number): Int32Array => Int32Array.from(rows, valueOf);
  const columns = {
    text: texts,
    author: rows.map(({ author }) => author.id),
    reader: rows.map(({ reader }) => reader.id),
    language: rows.map(({ language }) => language),
    tweet_type: int32(({ tweetType }) => TWEET_TYPE_CODE[tweetType]),
    media: rows.map(({ media }) => media.map((name) => MEDIA_CODE[name]).join(',')),
    token_count: int32(({ textTokens }) => textTokens.length),
    hashtag_count: int32(({ hashtags }) => hashtags.length),
    link_count: int32(({ links }) => links.length),
    domain_count: int32(({ domains }) => domains.length),
    follows: int32(({ authorFollowsReader }) => Number(authorFollowsReader)),
    created_at_s: Float64Array.from(rows, ({ tweetCreatedAtS }) => tweetCreatedAtS),
    a_followers: Float64Array.from(rows, ({ author }) => author.followerCount),
    a_following: Float64Array.from(rows, ({ author }) => author.followingCount),
    b_followers: Float64Array.from(rows, ({ reader }) => reader.followerCount),
    b_following: Float64Array.from(rows, ({ reader }) => reader.followingCount),
  };
  const typeOf = (values: readonly string[] | Int32Array | Float64Array): 'utf8' | 'int32' | 'float64' =>
    values instanceof Int32Array ? 'int32' : values instanceof Float64Array ? 'float64' : 'utf8';
  const described = Object.entries(columns).map(([name, values]) => ({ name, type: typeOf(values) }));
  const writer = await ArrowFileWriter.open(path, described);
  await writer.writeBatch(columns, rows.length);
  await writer.close();
}

function joinTokens(tokens: readonly number[], { bytes, offset, kind }: Vocabulary): string {
  let text = '';
  for (const id of tokens) {
    if (kind[id] === PIECE_KIND.silent) continue;
    const piece = Buffer.from(bytes.subarray(offset[id], offset[id + 1])).toString('utf8');
    text += text === '' || kind[id] === PIECE_KIND.continuation ? piece : ` ${piece}`;
  }
  return text;
}

function featuresOfXgb1(pipelinePath: string): readonly string[] {
  const features = readPipelineFile(pipelinePath).definition.models['xgb1']?.inputs['input__0']?.features;
  if (features === undefined) throw new Error(`${pipelinePath}: no features of xgb1`);
  return features;
}
