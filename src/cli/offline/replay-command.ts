import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { readSnapshotOf } from '../../releases/release-snapshot.js';
import { readVocabularyFile } from '../../releases/vocabulary-file.js';
import { writeSnapshot } from '../../statistics/snapshot-file.js';
import { FeatureFiles } from '../../offline/replay/feature-files.js';
import { replay, REPLAY_FEATURES, type ReplayResult } from '../../offline/replay/replay.js';
import { makeFolder } from '../../files/output-folder.js';
import type { Vocabulary } from '../../features/text/vocabulary.js';
import { type BadRowPolicy, BadRows, badRowsOption } from '../bad-rows.js';
import { listPartFiles, readPartFiles } from '../part-file-list.js';
import { parseAmount, parseCount } from '../option-values.js';
import { openProgress } from '../progress.js';
import { labelledRowOptions } from './labelled-rows.js';
import { withInterrupt } from '../interrupt.js';

interface ReplayCommandOptions {
  readonly in: string[];
  readonly vocabulary?: string;
  readonly doLowerCase?: boolean;
  readonly out: string;
  readonly warmUpDays: number;
  readonly resumeFrom?: string;
  readonly minImpressions: number;
  readonly badRows: BadRowPolicy;
  readonly json?: boolean;
}

/** Adds `replay`: labelled part files in, feature files and a statistics snapshot out. */
export function registerReplayCommand(program: Command): void {
  program
    .command('replay')
    .summary('write training features and a statistics snapshot from labelled part files')
    .description(
      'Reads labelled part files in event time. The first days only warm up the statistics. For each later row, the command computes the features from the statistics at the time of the row. Writes features-<day>.arrow, one file per day, and statistics.snapshot, which a gateway loads.',
    )
    .requiredOption(
      '--in <path...>',
      'part files, folders of part files (part-* without ending or with .csv, .tsv, .txt, gzipped or not), or - for standard input; rows in ascending tweet time',
    )
    .option(
      '--vocabulary <file>',
      'vocab.txt of the token ids (default: vocab.txt beside the first part file)',
    )
    .option('--do-lower-case', 'the vocabulary is uncased; set do_lower_case in the pipeline file too')
    .requiredOption('--out <folder>', 'folder for the files; created if it is missing')
    .option('--warm-up-days <n>', 'number of days that only warm up the statistics', parseCount, 5)
    .addOption(
      new Option(
        '--resume-from <file>',
        'statistics.snapshot to continue from, instead of warming up; only days after it give rows; part files of earlier days are read for later engagements',
      ).conflicts('warmUpDays'),
    )
    .option(
      '--min-impressions <n>',
      'leave keys out of the snapshot that have fewer decayed impressions in every horizon of their table',
      parseAmount,
      0,
    )
    .addOption(badRowsOption('OUT/bad-rows.tsv'))
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', '\nExample:\n  pairstream replay --in world/ --out replayed/ --warm-up-days 5')
    .action((options: ReplayCommandOptions) => withInterrupt((signal) => runReplay(options, signal)));
}

async function runReplay(options: ReplayCommandOptions, signal: AbortSignal): Promise<void> {
  const paths = listPartFiles(options.in);
  const { vocabulary, warnings } = readVocabularyFile(
    options.vocabulary ?? join(dirname(paths[0] ?? '.'), 'vocab.txt'),
    { doLowerCase: options.doLowerCase ?? false },
    '; give it with --vocabulary',
  );
  for (const warning of warnings) console.error(`warning: ${warning}`);
  makeFolder(options.out);
  const sink = new FeatureFiles(options.out, REPLAY_FEATURES, vocabulary.sha256);
  const badRows = new BadRows(options.badRows, join(options.out, 'bad-rows.tsv'));
  const progress = openProgress('replay', 'rows');
  const startedMs = performance.now();
  let result: ReplayResult;
  try {
    result = await replay({
      vocabulary,
      rows: readPartFiles(paths, labelledRowOptions(badRows, vocabulary.size)),
      warmUpDays: options.warmUpDays,
      ...(options.resumeFrom === undefined
        ? {}
        : { resumeFrom: readSnapshotOf(options.resumeFrom, vocabulary) }),
      sink,
      onProgress: (rowCount) => progress.update(rowCount),
      signal,
    });
    await sink.close();
    await badRows.close();
  } catch (error) {
    await sink.abort();
    await badRows.abort();
    throw badRows.explain(error);
  } finally {
    progress.stop();
  }
  warnOfOtherTokens(vocabulary, result);
  const snapshotPath = join(options.out, 'statistics.snapshot');
  writeSnapshot(snapshotPath, result.statistics, { minImpressions: options.minImpressions });
  report(
    result,
    sink.paths,
    snapshotPath,
    badRows,
    (performance.now() - startedMs) / 1_000,
    options.json ?? false,
  );
}

/** Rows of another vocabulary have other ids where [CLS] and [SEP] stand. */
function warnOfOtherTokens(vocabulary: Vocabulary, { rowCount, unframedRowCount }: ReplayResult): void {
  if (2 * unframedRowCount <= rowCount) return;
  const frame = `[CLS] (id ${vocabulary.idOf('[CLS]')}) and end with [SEP] (id ${vocabulary.idOf('[SEP]')})`;
  console.error(
    `warning: text_tokens of ${unframedRowCount} of ${rowCount} rows do not begin with ${frame} of this vocabulary: were the rows tokenised with another one? Name it with --vocabulary`,
  );
}

function report(
  result: ReplayResult,
  featureFiles: readonly string[],
  snapshot: string,
  badRows: BadRows,
  elapsedS: number,
  isJson: boolean,
): void {
  const { rowCount, featurisedRowCount, dayCount, statistics } = result;
  const keyCount = statistics.tables.reduce((sum, table) => sum + table.keyCount, 0);
  const rowsPerSecond = Math.round(rowCount / elapsedS);
  if (isJson) {
    console.log(
      JSON.stringify({
        rowCount,
        badRowCount: badRows.count,
        featurisedRowCount,
        dayCount,
        keyCount,
        rowsPerSecond,
        featureFiles,
        snapshot,
      }),
    );
    return;
  }
  console.log(`${rowCount} rows of ${dayCount} days in ${elapsedS.toFixed(1)} s (${rowsPerSecond} rows/s)`);
  console.log(
    `${featurisedRowCount} rows featurised into ${featureFiles.length} files, ${keyCount} keys into ${snapshot}`,
  );
  if (badRows.summary !== undefined) console.log(badRows.summary);
}
